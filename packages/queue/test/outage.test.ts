import { freePort } from '@reelay/local-services/stores/free-port'
import { expect, test } from 'vitest'
import { isConnected } from '../src/connection.ts'
import { aConnection, aLane, aRedis, aTask, readyQueues, someQueues, works } from './redis.ts'

test('queues work again after their Redis was killed', async () => {
  const redis = await aRedis()
  const { url } = await redis.start()
  const { queues, connection } = await readyQueues(url)

  redis.kill()
  await expect.poll(() => isConnected(connection)).toBe(false)
  await expect(queues.enqueueSubmit(aTask())).rejects.toThrow()

  await redis.start()
  const task = aTask()
  await expect.poll(() => works(() => queues.enqueueSubmit(task))).toBe(true)
  expect(await queues.enqueueMissing('submit', [task])).toBe(0)
})

test('queues made while Redis is down work once it is up', async () => {
  const port = await freePort()
  const redis = await aRedis(port)
  const queues = someQueues(aConnection('producer', `redis://127.0.0.1:${port}`))
  const [lane, missing] = [aLane(), aLane()]
  await expect(queues.enqueuePoll(lane)).rejects.toThrow()

  await redis.start()
  await expect.poll(() => works(() => queues.enqueuePoll(lane))).toBe(true)
  expect(await queues.enqueueMissingLanes([lane, missing], () => 0)).toBe(1)
  await queues.pause('submit', 1)
})

test('nothing waits for ever for a Redis that was never there', async () => {
  const queues = someQueues(aConnection('producer', `redis://127.0.0.1:${await freePort()}`))
  const waiting = [
    queues.enqueueMissing('submit', [aTask()]),
    queues.enqueueMissingLanes([aLane()], () => 0),
    queues.pause('submit', 1000),
    queues.glances(),
  ]
  for (const { status } of await Promise.allSettled(waiting)) expect(status).toBe('rejected')
})

test('queues close while Redis is down', async () => {
  const redis = await aRedis()
  const { url } = await redis.start()
  const { queues, connection } = await readyQueues(url)
  redis.kill()
  await expect.poll(() => isConnected(connection)).toBe(false)
  await queues.close()
})
