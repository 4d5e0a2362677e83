import { expect, test } from 'vitest'
import { startRedis } from '../src/stores/services.ts'
import { aFolder } from '../src/testing/a-folder.ts'
import { askRedis } from './redis-client.ts'

test('a killed Redis comes back on its port with its data', async () => {
  const dir = aFolder()
  const first = await startRedis({ dir })
  expect(await askRedis(first.url, 'SET kept yes')).toContain('+OK')
  process.kill(first.pid, 'SIGKILL')

  const second = await startRedis({ dir, port: first.port })
  expect(second.url).toBe(first.url)
  expect(second.pid).not.toBe(first.pid)
  expect(await askRedis(second.url, 'GET kept')).toContain('yes')
  await second.stop()
})

test('a port that somebody else has is reported', async () => {
  const holder = await startRedis({ dir: aFolder() })
  await expect(startRedis({ dir: aFolder(), port: holder.port })).rejects.toThrow('in use')
  await holder.stop()
})
