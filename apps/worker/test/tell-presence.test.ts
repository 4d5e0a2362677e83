import { createPresence } from '@reelay/queue/presence'
import { expect, test } from 'vitest'
import { aWorker } from './a-worker.ts'

test('a worker is counted while it works, and not once it has stopped', async () => {
  await using stack = await aWorker()
  const presence = createPresence({ connection: stack.redis, prefix: stack.config.redis.prefix })
  await expect.poll(() => presence.count()).toBe(1)
  await stack.worker.stop()
  expect(await presence.count()).toBe(0)
})
