import { randomUUID } from 'node:crypto'
import type { TaskState } from '@reelay/contracts/task'
import { freePort } from '@reelay/local-services/stores/free-port'
import { expect, test, vi } from 'vitest'
import { createProgressListener, createProgressPublisher, type OnUpdate } from '../src/progress.ts'
import { keyPrefix } from '../src/queues.ts'
import { aConnection, anUpdate, aPrefix, aRedis, log, redisUrl } from './redis.ts'

test('an update reaches two listeners over one subscription', async () => {
  const { listener, publish, subscribers, userId } = await aDoorbell()
  const [one, two] = [vi.fn<OnUpdate>(), vi.fn<OnUpdate>()]
  await listener.listen(userId, one)
  await listener.listen(userId, two)
  expect(await subscribers()).toBe(1)

  const update = anUpdate()
  await publish(userId, update)
  await vi.waitFor(() => expect(two).toHaveBeenCalled())
  expect(one.mock.calls).toEqual([[update]])
  expect(two.mock.calls).toEqual([[update]])
})

test('listeners that come at the same moment share one subscription', async () => {
  const { listener, publish, subscribers, userId } = await aDoorbell()
  const heard = vi.fn<OnUpdate>()
  await Promise.all(Array.from({ length: 20 }, () => listener.listen(userId, (update) => heard(update))))
  expect(await subscribers()).toBe(1)
  await publish(userId, anUpdate())
  await vi.waitFor(() => expect(heard).toHaveBeenCalledTimes(20))
})

test("an update of another user's task is not heard", async () => {
  const { listener, publish, userId } = await aDoorbell()
  const heard = vi.fn<OnUpdate>()
  await listener.listen(userId, heard)
  const own = anUpdate()
  await publish(randomUUID(), anUpdate())
  await publish(userId, own)
  await vi.waitFor(() => expect(heard).toHaveBeenCalled())
  expect(heard.mock.calls).toEqual([[own]])
})

test('updates of one turn are one write, and come in their order', async () => {
  const { listener, publish, publisher, userId } = await aDoorbell()
  const [heard, elsewhere] = [vi.fn<OnUpdate>(), vi.fn<OnUpdate>()]
  const other = randomUUID()
  await listener.listen(userId, heard)
  await listener.listen(other, elsewhere)
  const updates = Array.from({ length: 100 }, (_, n) => anUpdate({ progress: n, version: n + 1 }))
  const write = vi.spyOn(publisher.stream, 'write')

  await Promise.all(updates.flatMap((update) => [publish(userId, update), publish(other, update)]))
  expect(write).toHaveBeenCalledTimes(1)
  await publish(userId, anUpdate({ version: 101 }))
  expect(write).toHaveBeenCalledTimes(2)

  await vi.waitFor(() => expect(heard).toHaveBeenCalledTimes(101))
  await vi.waitFor(() => expect(elsewhere).toHaveBeenCalledTimes(100))
  expect(heard.mock.calls.slice(0, 100).flat()).toEqual(updates)
  expect(elsewhere.mock.calls.flat()).toEqual(updates)
})

test('each update of a write that fails is a warning, and no error', async () => {
  const connection = aConnection('producer', `redis://127.0.0.1:${await freePort()}`)
  const warn = vi.fn()
  const publish = createProgressPublisher({ connection, prefix: aPrefix(), log: { warn } as never })
  const updates = [anUpdate(), anUpdate(), anUpdate()]
  await Promise.all(updates.map((update) => publish(randomUUID(), update)))
  expect(warn.mock.calls.map(([{ videoId }]) => videoId)).toEqual(
    updates.map(({ payload }) => payload.videoId),
  )
})

test('a listener that left hears nothing more', async () => {
  const { listener, publish, userId } = await aDoorbell()
  const [gone, there] = [vi.fn<OnUpdate>(), vi.fn<OnUpdate>()]
  const leave = await listener.listen(userId, gone)
  await listener.listen(userId, there)
  leave()
  leave()
  await publish(userId, anUpdate())
  await vi.waitFor(() => expect(there).toHaveBeenCalled())
  expect(gone).not.toHaveBeenCalled()
})

test('the subscription ends a while after its last listener', async () => {
  const { listener, subscribers, userId } = await aDoorbell()
  const leave = await listener.listen(userId, () => {})
  leave()
  expect(await subscribers()).toBe(1)
  await expect.poll(subscribers).toBe(0)
})

test('a listener that comes back in time keeps the subscription', async () => {
  const { listener, publish, userId } = await aDoorbell()
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const heard = vi.fn<OnUpdate>()
  const leave = await listener.listen(userId, () => {})
  leave()
  vi.advanceTimersByTime(2999)
  await listener.listen(userId, heard)
  vi.advanceTimersByTime(60_000)
  vi.useRealTimers()
  await publish(userId, anUpdate())
  await vi.waitFor(() => expect(heard).toHaveBeenCalledTimes(1))
})

test.each([
  ['no JSON', 'hello'],
  ['nothing', ''],
  ['another type', JSON.stringify({ ...anUpdate(), type: 'ping' })],
  ['an unknown status', JSON.stringify(anUpdate({ status: 'DONE' as 'COMPLETED' }))],
  ['half a task', JSON.stringify({ type: 'taskUpdate', timestamp: 1, payload: { videoId: 'video_1' } })],
])('a message of %s is dropped', async (_, message) => {
  const { listener, publish, publisher, channel, userId } = await aDoorbell()
  const heard = vi.fn<OnUpdate>()
  await listener.listen(userId, heard)
  const update = anUpdate()
  expect(await publisher.publish(channel, message)).toBe(1)
  await publish(userId, update)
  await vi.waitFor(() => expect(heard).toHaveBeenCalled())
  expect(heard.mock.calls).toEqual([[update]])
})

test('a prompt that slipped into an update is not passed on', async () => {
  const { listener, publish, userId } = await aDoorbell()
  const heard = vi.fn<OnUpdate>()
  await listener.listen(userId, heard)
  await publish(userId, anUpdate({ prompt: 'canary' } as Partial<TaskState>))
  await vi.waitFor(() => expect(heard).toHaveBeenCalled())
  expect(JSON.stringify(heard.mock.calls)).not.toContain('canary')
})

test('a subscription whose connection is killed is renewed', async () => {
  const { url } = await (await aRedis()).start()
  const { listener, publish, publisher, subscribers, userId } = await aDoorbell(url)
  const heard = vi.fn<OnUpdate>()
  await listener.listen(userId, heard)

  expect(await publisher.call('CLIENT', 'KILL', 'TYPE', 'pubsub')).toBe(1)

  await expect.poll(subscribers).toBe(1)
  await publish(userId, anUpdate())
  await vi.waitFor(() => expect(heard).toHaveBeenCalledTimes(1))
  expect(listener.isConnected()).toBe(true)
})

test('a subscription outlives the Redis that it was made on', async () => {
  const redis = await aRedis()
  const { url } = await redis.start()
  const { listener, publish, subscribers, userId } = await aDoorbell(url)
  const heard = vi.fn<OnUpdate>()
  await listener.listen(userId, heard)

  redis.kill()
  await expect.poll(() => listener.isConnected()).toBe(false)
  await publish(userId, anUpdate())
  await redis.start()

  await expect.poll(subscribers).toBe(1)
  await publish(userId, anUpdate())
  await vi.waitFor(() => expect(heard).toHaveBeenCalledTimes(1))
})

test('listening while Redis is away begins when it is back', async () => {
  const redis = await aRedis()
  const { url } = await redis.start()
  const { listener, publish, subscribers, userId } = await aDoorbell(url)
  redis.kill()
  await expect.poll(() => listener.isConnected()).toBe(false)

  const heard = vi.fn<OnUpdate>()
  await listener.listen(userId, heard)
  await redis.start()

  await expect.poll(subscribers).toBe(1)
  await publish(userId, anUpdate())
  await vi.waitFor(() => expect(heard).toHaveBeenCalledTimes(1))
})

async function aDoorbell(url = redisUrl) {
  const prefix = aPrefix()
  const userId = randomUUID()
  const publisher = aConnection('producer', url)
  const connection = aConnection('subscriber', url)
  const listener = createProgressListener({ connection, prefix, log })
  await vi.waitFor(() => expect([publisher.status, listener.isConnected()]).toEqual(['ready', true]))
  const channel = `${keyPrefix(prefix)}:progress:${userId}`
  return {
    listener,
    publish: createProgressPublisher({ connection: publisher, prefix, log }),
    publisher,
    channel,
    userId,
    subscribers: async () => {
      const answer = await publisher.pubsub('NUMSUB', channel).catch(() => [])
      return Number(Array.isArray(answer) ? answer[1] : Object.values(answer)[0])
    },
  }
}
