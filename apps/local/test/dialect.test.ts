import { expect, test } from 'vitest'
import { startTestStack } from './test-stack.ts'

test('the stack speaks to the simulator in its dialect, at the place where that has its routes', async () => {
  await using system = await startTestStack(
    {
      SIMULATOR_DIALECT: 'azure',
      SIMULATOR_QUEUED_MS: '0',
      SIMULATOR_RENDER_MS: '100',
      POLL_INTERVAL_MS: '100',
    },
    1,
  )
  const { videoId } = await system.client.createTask({ prompt: 'a lighthouse in fog' })
  await expect.poll(async () => (await system.client.task(videoId)).status).toBe('COMPLETED')
})
