import { LanePayload } from '@reelay/contracts/jobs'
import { dueSince, laneOf } from '@reelay/contracts/lanes'
import type { TaskRow } from '@reelay/db/schema'
import { afterAll, expect, test } from 'vitest'
import { enqueuePoll, enqueueSubmit } from '../src/enqueue.ts'
import { openRelay } from './open-relay.ts'

const relay = await openRelay()
afterAll(relay.close)
const { deps } = relay

test('a submit has the place that its task has among those of its user', async () => {
  const user = await relay.aUser()
  const [first, second] = [await relay.aTask(user), await relay.aTask(user)]
  expect(await enqueueSubmit(second, deps)).toBe(true)
  expect(await enqueueSubmit(first, deps)).toBe(true)
  expect((await relay.job('submit', first)).priority).toBe('1')
  expect((await relay.job('submit', second)).priority).toBe('2')
})

test('a submit whose place is known has that place', async () => {
  const task = await relay.aTask(await relay.aUser())
  await enqueueSubmit({ ...task, position: 7 }, deps)
  expect((await relay.job('submit', task)).priority).toBe('7')
})

test('a poll is that of the lane of its task, first at its phase', async () => {
  const intervalMs = 7000
  const task = await relay.accept((await relay.aTask(await relay.aUser())).videoId)
  expect(await enqueuePoll(task, deps, intervalMs)).toBe(true)
  const { acceptedAt, ...rest } = task as TaskRow & { acceptedAt: Date }
  const lane = laneOf({ ...rest, acceptedAt })
  const { delay, data } = await relay.job('poll', lane)
  const dueAt = acceptedAt.getTime() + Number(delay)
  expect(dueAt).toBe(dueSince(lane, dueAt, intervalMs))
  expect(Number(delay)).toBeGreaterThanOrEqual(intervalMs / 2)
  expect(Number(delay)).toBeLessThanOrEqual(1.5 * intervalMs)
  expect(LanePayload.parse(JSON.parse(data ?? ''))).toEqual({ v: 2, ...lane })
})

test('a task that is not in the making has no poll', async () => {
  const queued = await relay.aTask(await relay.aUser())
  expect(await enqueuePoll(queued, deps)).toBe(false)
  const { videoId } = await relay.aTask(await relay.aUser())
  expect(await enqueuePoll(await relay.complete(videoId), deps)).toBe(false)
  const warned = relay.lines.filter(({ msg }) => msg.startsWith('poll not enqueued'))
  expect(warned).toEqual([])
})

test('without Redis a warning is what is left, and the sweep', async () => {
  await using lonely = await openRelay({ redisUrl: 'redis://127.0.0.1:1' })
  const { videoId, attempt } = await lonely.aTask(await lonely.aUser())
  expect(await enqueueSubmit({ videoId, attempt }, lonely.deps)).toBe(false)
  expect(await enqueuePoll(await lonely.accept(videoId), lonely.deps)).toBe(false)
  const warned = lonely.lines.filter((line) => line.videoId === videoId && line.msg.includes('enqueued'))
  expect(warned.map(({ msg }) => msg)).toEqual([
    'submit not enqueued; the sweep will',
    'poll not enqueued; the sweep will',
  ])
})
