import type { PollTrouble } from '@reelay/contracts/jobs'
import type { ExternalTaskId, VideoId } from '@reelay/contracts/task'
import type { ProcessingTask } from '@reelay/db/tasks/lanes'
import type { RetrieveOutcome } from '@reelay/upstream/read-outcome'
import type { Video } from '@reelay/upstream/video/video'
import { describe, expect, test } from 'vitest'
import { afterMiss, type Decision, decideAfterPoll, type PollPolicy, toRemember } from '../src/decide.ts'
import type { Observation } from '../src/retrieve-video.ts'

const acceptedAt = new Date('2026-01-01T00:00:00Z')
const policy: PollPolicy = {
  pollIntervalMs: 5000,
  overdueMs: 600_000,
  deadlineMs: 86_400_000,
  autoRetries: 1,
  missing: { count: 3, spanMs: 120_000 },
  pollFloorMs: 0,
  archive: false,
}

function decide(look: Observation, { task = {}, before = {}, ageMs = 30_000 }: Circumstances = {}) {
  const now = acceptedAt.getTime() + ageMs
  return decideAfterPoll({ ...aTask, ...task }, look, before, { now, policy, random: () => 1 })
}
type Circumstances = { task?: Partial<ProcessingTask>; before?: PollTrouble; ageMs?: number }

const aTask = {
  videoId: 'video_1767225600000_abcdefg' as VideoId,
  externalTaskId: 'up_1' as ExternalTaskId,
  attempt: 1,
  autoRetriesUsed: 0,
  progress: 20,
  isImport: false,
  hasPrompt: true,
  acceptedAt,
} as ProcessingTask

function video(of: Partial<Video>): RetrieveOutcome {
  return {
    kind: 'video',
    video: { id: 'up_1' as ExternalTaskId, status: 'in_progress', rawStatus: '', ...of },
  }
}

describe('a video that is not finished', () => {
  test('is looked at again after the poll interval', () => {
    expect(decide(video({ status: 'queued' }))).toEqual({ nextPollInMs: 5000 })
  })
  test('moves progress up', () => {
    expect(decide(video({ progress: 55 })).change).toEqual({ to: 'PROCESSING', progress: 55 })
  })
  test.each([20, 3, undefined])('writes nothing when progress is %s and was 20', (progress) => {
    expect(decide(video({ progress })).change).toBeUndefined()
  })
  test('tells its model once, and its size and length when they change', () => {
    const said = { model: 'sora-2', size: '720x720', seconds: '4' }
    const task = { model: null, size: '1280x720', seconds: '4' }
    const change = { to: 'PROCESSING', progress: 20, model: 'sora-2', size: '720x720' }
    expect(decide(video(said), { task }).change).toEqual(change)
    expect(decide(video(said), { task: said }).change).toBeUndefined()
    expect(decide(video(said), { task: { ...said, model: 'an-alias' } }).change).toBeUndefined()
    expect(decide(video({}), { task }).change).toBeUndefined()
  })
  test('tells its prompt to an import that has none', () => {
    const imported = { isImport: true, hasPrompt: false } as const
    const look = video({ prompt: 'a kite' })
    expect(decide(look, { task: imported }).change).toMatchObject({ prompt: 'a kite' })
    expect(decide(look, { task: { ...imported, hasPrompt: true } }).change).toBeUndefined()
    expect(decide(look, { task: { hasPrompt: false } }).change).toBeUndefined()
  })
  test('with a status nobody knows is waited for like any other', () => {
    expect(decide(video({ status: 'unrecognised', rawStatus: 'dreaming' }))).toEqual({ nextPollInMs: 5000 })
  })
  test('is looked at again when upstream asks, ten minutes at most', () => {
    expect(decide({ ...video({}), pollAfterMs: 20_000 } as RetrieveOutcome).nextPollInMs).toBe(20_000)
    expect(decide({ ...video({}), pollAfterMs: 9e9 } as RetrieveOutcome).nextPollInMs).toBe(600_000)
  })
  test('is looked at again after the poll interval when upstream asks for no wait at all', () => {
    expect(decide({ ...video({}), pollAfterMs: 0 } as RetrieveOutcome).nextPollInMs).toBe(5000)
    expect(decide({ ...video({}), pollAfterMs: 1 } as RetrieveOutcome).nextPollInMs).toBe(1000)
  })
  test('is polled every minute once it is overdue', () => {
    expect(decide(video({}), { ageMs: policy.overdueMs }).nextPollInMs).toBe(60_000)
  })
  test('is never polled beyond its deadline', () => {
    expect(decide(video({}), { ageMs: policy.deadlineMs - 10 }).nextPollInMs).toBe(10)
  })
  test('ends as timeout at its deadline', () => {
    expect(decide(video({}), { ageMs: policy.deadlineMs }).change).toMatchObject({
      to: 'FAILED',
      errorCode: 'timeout',
    })
  })
})

describe('a verdict', () => {
  test('completed ends the task with its size and seconds', () => {
    const decision = decide(video({ status: 'completed', size: '720x720', seconds: '4' }))
    expect(decision).toEqual({ change: { to: 'COMPLETED', size: '720x720', seconds: '4' } })
  })
  test.each([
    ['a red kite', 'a red kite'],
    ['x'.repeat(40_000), 'x'.repeat(32_000)],
    [`${'x'.repeat(31_999)}🚲`, 'x'.repeat(31_999)],
    ['a\u0000b', undefined],
    [undefined, undefined],
  ])('completed tells an imported task its prompt', (told, prompt) => {
    const task = { isImport: true }
    expect(decide(video({ status: 'completed', prompt: told }), { task }).change).toMatchObject({ prompt })
  })
  test('failed is no reason to pay for an imported task', () => {
    const task = { isImport: true }
    const { change } = decide(video({ status: 'failed' }), { task })
    expect(change).toMatchObject({ to: 'FAILED', errorCode: 'upstream_failed' })
  })
  test('completed counts even when it comes after the deadline', () => {
    expect(decide(video({ status: 'completed' }), { ageMs: 2 * policy.deadlineMs }).change?.to).toBe(
      'COMPLETED',
    )
  })
  test('failed for no lasting reason is tried a second time', () => {
    expect(decide(video({ status: 'failed', error: { code: 'internal_error' } })).change).toEqual({
      to: 'QUEUED',
      upstreamCode: 'internal_error',
    })
    expect(decide(video({ status: 'failed' })).change).toEqual({ to: 'QUEUED' })
  })
  test('failed after the second try ends the task with upstream’s words', () => {
    const error = { code: 'internal_error', message: 'worker crashed' }
    expect(decide(video({ status: 'failed', error }), { task: { autoRetriesUsed: 1 } }).change).toEqual({
      to: 'FAILED',
      errorCode: 'upstream_failed',
      errorMessage: 'worker crashed',
      upstreamCode: 'internal_error',
    })
  })
  test.each<[Video['error'], string]>([
    [{ code: 'moderation_blocked' }, 'moderation_blocked'],
    [{ code: 'sentinel_block' }, 'moderation_blocked'],
    [{ type: 'moderation_blocked', message: 'rejected' }, 'moderation_blocked'],
    [{ message: 'blocked by our content moderation' }, 'moderation_blocked'],
    [{ code: 'internal_error', message: '内容审核未通过' }, 'moderation_blocked'],
    [{ code: 'invalid_input' }, 'upstream_failed'],
    [{ code: 'video_generation_user_error' }, 'upstream_failed'],
    [{ message: '参数错误' }, 'upstream_failed'],
    [{ message: 'Prompt is too long' }, 'upstream_failed'],
    [{ message: 'invalid api key' }, 'upstream_failed'],
    [{ type: 'insufficient_quota' }, 'insufficient_quota'],
    [{ message: '余额不足' }, 'insufficient_quota'],
  ])('failed with %j is not tried again', (error, errorCode) => {
    for (const status of ['failed', 'cancelled'] as const) {
      expect(decide(video({ status, error })).change).toEqual({
        to: 'FAILED',
        errorCode,
        errorMessage: error?.message ?? `upstream says ${status}`,
        upstreamCode: error?.code ?? error?.type,
      })
    }
  })
  test.each<Video['error']>([
    { message: 'the server is busy' },
    { message: 'Rate limit reached' },
    { code: '500', message: 'out of memory' },
    { message: 'upstream gave up' },
  ])('failed with %j is tried a second time', (error) => {
    const upstreamCode = error?.code
    expect(decide(video({ status: 'failed', error })).change).toEqual({ to: 'QUEUED', upstreamCode })
  })
  test('cancelled upstream ends the task', () => {
    expect(decide(video({ status: 'cancelled' })).change).toMatchObject({
      to: 'FAILED',
      errorCode: 'upstream_failed',
    })
  })
})

describe('trouble on the way', () => {
  const trouble: RetrieveOutcome = { kind: 'trouble', reason: 'upstream answered 503' }
  test('changes nothing and backs off to a minute', () => {
    expect(decide(trouble)).toEqual({ nextPollInMs: 10_000, trouble: { failures: 1 } })
    expect(decide(trouble, { before: { failures: 1 } })).toEqual({
      nextPollInMs: 20_000,
      trouble: { failures: 2 },
    })
    expect(decide(trouble, { before: { failures: 30 } }).nextPollInMs).toBe(60_000)
  })
  test('waits as long as upstream asks', () => {
    expect(decide({ ...trouble, retryAfterMs: 90_000 }).nextPollInMs).toBe(90_000)
  })
  test('is forgotten at the next good look', () => {
    expect(decide(video({}), { before: { failures: 7 } }).trouble).toBeUndefined()
  })
  test('ends the task at its deadline only', () => {
    expect(decide(trouble, { ageMs: policy.deadlineMs }).change).toMatchObject({ errorCode: 'timeout' })
  })
})

describe('trouble on the way to the clip of a completed video', () => {
  const trouble = { kind: 'trouble', reason: 'connect ECONNREFUSED' } as const
  const completed: Video = {
    id: 'up_1' as ExternalTaskId,
    status: 'completed',
    rawStatus: 'done',
    url: 'https://cdn.example/1.mp4',
    size: '720x720',
  }
  test('is waited for like any other', () => {
    expect(decide({ ...trouble, completed })).toEqual({ nextPollInMs: 10_000, trouble: { failures: 1 } })
  })
  test('ends its task as completed at the deadline where upstream names an address', () => {
    const { change } = decide({ ...trouble, completed }, { ageMs: policy.deadlineMs })
    expect(change).toMatchObject({ to: 'COMPLETED', size: '720x720' })
  })
  test('ends its task as timeout where upstream names none', () => {
    const look = { ...trouble, completed: { ...completed, url: undefined } }
    expect(decide(look, { ageMs: policy.deadlineMs }).change).toMatchObject({ errorCode: 'timeout' })
  })
})

describe('a video that upstream does not find', () => {
  const missing: RetrieveOutcome = { kind: 'missing' }
  const now = acceptedAt.getTime() + 300_000
  test('is lost after three misses over two minutes', () => {
    const before = { misses: 2, missingSince: now - 120_000 }
    expect(decide(missing, { before, ageMs: 300_000 }).change).toMatchObject({
      to: 'FAILED',
      errorCode: 'upstream_lost',
    })
  })
  test.each([
    ['the first miss', {}],
    ['only two misses', { misses: 1, missingSince: now - 200_000 }],
    ['many misses within two minutes', { misses: 20, missingSince: now - 119_999 }],
  ])('is looked for again after %s', (_, before) => {
    const decision = decide(missing, { before, ageMs: 300_000 })
    expect(decision.change).toBeUndefined()
    expect(decision.nextPollInMs).toBe(5000)
  })
  test('is lost as late as a dialect says', () => {
    const patient = { now, policy: { ...policy, missing: { count: 8, spanMs: 200_000 } } }
    const after = (misses: number, ms: number) =>
      decideAfterPoll(aTask, missing, { misses, missingSince: now - ms }, patient).change?.to
    expect([after(7, 200_000), after(6, 200_000), after(7, 199_999)]).toEqual([
      'FAILED',
      undefined,
      undefined,
    ])
  })
  test('starts its count anew after a look that found it', () => {
    expect(decide(video({}), { before: { misses: 2, missingSince: 1 } }).trouble).toBeUndefined()
  })
})

describe('a completed video with nothing to play', () => {
  const empty: Observation = { kind: 'empty' }
  test.each([
    [{}, { empties: 1 }],
    [{ empties: 1 }, { empties: 2 }],
    [{ empties: 9 }, { empties: 10 }],
    [{ empties: 4, failures: 3 }, { empties: 5 }],
    [{ misses: 2, missingSince: 1 }, { empties: 1 }],
  ])('is looked at again after %j', (before, next) => {
    expect(decide(empty, { before })).toEqual({ nextPollInMs: 5000, trouble: next })
  })
  test('ends the task after ten more polls, with no second try', () => {
    expect(decide(empty, { before: { empties: 10 } })).toEqual({
      change: { to: 'FAILED', errorCode: 'no_content', errorMessage: expect.any(String) },
    })
  })
  test('ends as timeout when its deadline comes first', () => {
    const decision = decide(empty, { before: { empties: 3 }, ageMs: policy.deadlineMs })
    expect(decision.change).toMatchObject({ to: 'FAILED', errorCode: 'timeout' })
  })
  test('is forgotten at a look that found it unfinished', () => {
    expect(decide(video({}), { before: { empties: 7 } }).trouble).toBeUndefined()
  })
})

test('no look comes sooner than a dialect allows', () => {
  const circumstances = { now: acceptedAt.getTime() + 30_000, policy: { ...policy, pollFloorMs: 20_000 } }
  const after = (observation: Observation) =>
    decideAfterPoll(aTask, observation, {}, { ...circumstances, random: () => 0 }).nextPollInMs
  expect(after({ ...video({}), pollAfterMs: 7000 } as Observation)).toBe(20_000)
  expect(after({ kind: 'trouble', reason: 'timeout' })).toBe(20_000)
  expect(after({ kind: 'trouble', reason: 'limited', retryAfterMs: 60_000 })).toBe(60_000)
})

test.each<[string, Decision, PollTrouble | undefined]>([
  ['nothing of a usual wait', { nextPollInMs: 5000 }, undefined],
  ['nothing of one that is hardly longer', { nextPollInMs: 5400 }, undefined],
  ['trouble', { nextPollInMs: 5000, trouble: { misses: 1 } }, { misses: 1 }],
  ['a longer wait, but for what a lane may be early', { nextPollInMs: 60_000 }, { notBefore: 1_059_500 }],
  ['both', { nextPollInMs: 10_000, trouble: { failures: 1 } }, { failures: 1, notBefore: 1_009_500 }],
  ['nothing of what has ended', {}, undefined],
])('a row remembers %s', (_, decision, remembered) => {
  expect(toRemember(decision, { now: 1_000_000, intervalMs: 5000 })).toEqual(remembered)
})

test.each([
  [{}, { failures: 1 }],
  [{ failures: 2 }, { failures: 3 }],
  [{ empties: 10 }, { empties: 10, failures: 1 }],
  [{ misses: 2, missingSince: 1 }, { failures: 1 }],
])('after %j trouble leaves %j', (before, left) => {
  expect(decide({ kind: 'trouble', reason: 'timeout' }, { before }).trouble).toEqual(left)
})

test.each<[PollTrouble, number, ReturnType<typeof afterMiss>]>([
  [{}, 5000, { misses: 1, missingSince: 5000 }],
  [{ misses: 1, missingSince: 5000 }, 900_000, { misses: 2, missingSince: 5000 }],
  [{ misses: 2, missingSince: 5000 }, 124_999, { misses: 3, missingSince: 5000 }],
  [{ misses: 2, missingSince: 5000 }, 125_000, 'lost'],
  [{ misses: 40, missingSince: 5000 }, 125_000, 'lost'],
  [{ failures: 3, empties: 4 }, 5000, { misses: 1, missingSince: 5000 }],
])('after %j a miss at %i ms means %j', (before, now, meaning) => {
  expect(afterMiss(before, now, policy.missing)).toEqual(meaning)
})
