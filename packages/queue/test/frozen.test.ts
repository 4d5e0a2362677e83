import { expect, test, vi } from 'vitest'
import { isConnected } from '../src/connection.ts'
import { createProgressPublisher } from '../src/progress.ts'
import { aConnection, aLane, aPrefix, aRedis, aTask, readyQueues, works } from './redis.ts'

test('a frozen Redis is an error before it thaws', async () => {
  const redis = await aRedis()
  const { url } = await redis.start()
  const { queues } = await readyQueues(url)

  redis.freeze()
  await expect(queues.enqueueSubmit(aTask())).rejects.toThrow()

  redis.thaw()
  await expect.poll(() => works(() => queues.enqueueSubmit(aTask()))).toBe(true)
})

test('a frozen Redis holds up nobody who publishes', async () => {
  const redis = await aRedis()
  const { url } = await redis.start()
  const connection = aConnection('producer', url)
  const warn = vi.fn()
  const publish = createProgressPublisher({ connection, prefix: aPrefix(), log: { warn } as never })
  await expect.poll(() => isConnected(connection)).toBe(true)

  redis.freeze()
  await publish('user', { payload: { videoId: 'video_1' } } as never)
  expect(warn).toHaveBeenCalledWith(expect.objectContaining({ videoId: 'video_1' }), 'update not published')
  redis.thaw()
})

test('looking for what is missing ends while Redis is frozen', async () => {
  const redis = await aRedis()
  const { url } = await redis.start()
  const { queues } = await readyQueues(url)
  redis.freeze()
  await expect(queues.enqueueMissing('submit', [aTask(), aTask()])).rejects.toThrow()
  await expect(queues.enqueueMissingLanes([aLane()], () => 0)).rejects.toThrow()
  redis.thaw()
})
