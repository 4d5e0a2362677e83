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

test('a poll is delayed as it is asked to be', async () => {
  const task = await relay.aTask(await relay.aUser())
  expect(await enqueuePoll(task, deps, 60_000)).toBe(true)
  expect((await relay.job('poll', task)).delay).toBe('60000')
})

test('without Redis a warning is what is left, and the sweep', async () => {
  await using lonely = await openRelay({ redisUrl: 'redis://127.0.0.1:1' })
  const { videoId, attempt } = await lonely.aTask(await lonely.aUser())
  expect(await enqueueSubmit({ videoId, attempt }, lonely.deps)).toBe(false)
  expect(await enqueuePoll({ videoId, attempt }, lonely.deps)).toBe(false)
  expect(lonely.lines.filter((line) => line.videoId === videoId).map(({ msg }) => msg)).toEqual([
    'submit not enqueued; the sweep will',
    'poll not enqueued; the sweep will',
  ])
})
