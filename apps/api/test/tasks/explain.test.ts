import { firstCredential } from '@reelay/contracts/credential'
import { laneOf } from '@reelay/contracts/lanes'
import { upstreamState } from '@reelay/db/schema'
import { isProcessing } from '@reelay/db/tasks/lanes'
import { createUpstreamState } from '@reelay/db/upstream-state'
import { twinKey } from '@reelay/relay/twin-key'
import { sql } from 'drizzle-orm'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { createExplained } from '../support/explained.ts'
import { buildTestApp } from '../support/test-app.ts'

const api = await buildTestApp()
const { queues, close, aSnoozedJob, aSnoozedLane, aSubmission, madeBy, explain } = createExplained(api)
afterAll(async () => {
  await close()
  await api.stop()
})
beforeEach(() => api.db.delete(upstreamState))

const upstream = createUpstreamState(api.db)
const user = await api.aUser()
const instant = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/)
const clock = /\d\d:\d\d:\d\d UTC/

describe('a task that is not sent yet', () => {
  test('says how many are before it', async () => {
    const [first, second] = [await api.aTask(user), await api.aTask(user)]
    await queues.enqueueSubmit(first, 1)
    await queues.enqueueSubmit(second, 2)
    const told = await explain(user, second)
    expect(told).toMatchObject({
      videoId: second.videoId,
      state: 'QUEUED',
      because: 'in_queue',
      since: second.queuedAt.toISOString(),
      next: { what: 'submit', at: null },
      paid: [],
    })
    expect(told.details.behind).toBeGreaterThan(0)
    expect(told.text).toMatch(/^Waits for its turn: \d+ others? (is|are) before it\.$/)
  })

  test('says that its job is missing, and when it is added', async () => {
    const told = await explain(user, await api.aTask(user))
    expect(told).toMatchObject({ because: 'job_missing', next: { what: 'enqueue', at: instant } })
    expect(told.text).toMatch(clock)
  })

  test('says why its key takes nothing, and until when', async () => {
    const task = await api.aTask(user)
    await queues.enqueueSubmit(task)
    await upstream.noteTrouble(task, firstCredential, { because: 'rate_limited', retryAfterMs: 60_000 })
    const told = await explain(user, task)
    expect(told).toMatchObject({
      because: 'held',
      next: { what: 'submit', at: instant },
      details: { holdBecause: 'rate_limited', credential: firstCredential },
    })
    expect(Date.parse(told.next?.at ?? '')).toBeGreaterThan(Date.now() + 30_000)
    expect(told.text).toMatch(
      /^Upstream asked us to wait \(too many requests\)\. .* at \d\d:\d\d:\d\d UTC at the earliest\.$/,
    )
    const { held } = (await user.get(`/api/video/tasks/${task.videoId}`)).json().data
    expect(Math.abs(Date.parse(held.until) - Date.parse(told.next?.at ?? ''))).toBeLessThan(5000)
  })

  test('says that it was turned away alone', async () => {
    const task = await api.aTask(user)
    const run = await aSubmission(task)
    await api.ledger.markNotSent(task, run, { because: 'unclear', ms: 60_000 })
    await aSnoozedJob('submit', task, { failures: 1 })
    expect(await explain(user, task)).toMatchObject({
      because: 'turned_away',
      next: { what: 'submit', at: instant },
      paid: [{ attempt: 1, credential: firstCredential, outcome: 'not_sent' }],
    })
  })

  test('says that after a hold another is tried first', async () => {
    const [poison, other] = [await api.aTask(user), await api.aTask(user)]
    const run = await aSubmission(poison)
    await upstream.noteTrouble(poison, firstCredential, { because: 'rate_limited' })
    await api.ledger.markNotSent(poison, run)
    const endHold = () => api.db.update(upstreamState).set({ heldUntil: sql`clock_timestamp()` })
    await endHold()
    expect((await explain(user, poison)).because).toBe('not_its_turn')
    await aSubmission(other)
    expect((await explain(user, poison)).because).toBe('probing')
    await api.ledger.refuse(other, { errorCode: 'upstream_refused', errorMessage: 'no' })
  })

  test('says that a twin is on its way', async () => {
    const prompt = 'two alike'
    const [one, twin] = [await api.aTask(user, { prompt }), await api.aTask(user, { prompt })]
    await aSubmission(one, { twinKey: twinKey({ prompt }) })
    await aSnoozedJob('submit', twin)
    const told = await explain(user, twin)
    expect(told).toMatchObject({ because: 'twin', next: { what: 'submit', at: instant } })
    expect(told.text).toContain('same prompt and source')
    await api.ledger.refuse(one, { errorCode: 'upstream_refused', errorMessage: 'no' })
  })

  test('says that it could not be sent, and when it is tried again', async () => {
    const task = await api.aTask(user)
    await aSnoozedJob('submit', task, { failures: 3 })
    const told = await explain(user, task)
    expect(told).toMatchObject({ because: 'backoff', details: { failures: 3 } })
    expect(told.text).toMatch(/^It could not be sent \(3 tries in a row\)\. Nothing was paid\./)
  })

  test('says that an operator stopped the queue', async () => {
    const task = await api.aTask(user)
    await queues.enqueueSubmit(task)
    const [submits] = queues.opened()
    await submits?.pause()
    expect((await explain(user, task)).because).toBe('stopped')
    await submits?.resume()
  })

  test('says that no worker is there', async () => {
    const task = await api.aTask(user)
    await queues.enqueueSubmit(task)
    const told = await explain(user, task, { hasWorker: false })
    expect(told).toMatchObject({ because: 'no_worker', next: { what: 'submit', at: null } })
    expect((await explain(user, task)).because).toBe('in_queue')
  })
})

describe('a submission whose reply is missing', () => {
  test('is on its way at first, and then looked for until a time', async () => {
    const task = await api.aTask(user)
    const run = await aSubmission(task)
    expect(await explain(user, task)).toMatchObject({
      because: 'sending',
      next: { what: 'search', at: instant },
      paid: [{ outcome: 'sending' }],
    })
    await api.ledger.markInDoubt(task, run)
    await aSnoozedJob('reconcile', task, { looks: 1 })
    const told = await explain(user, task)
    expect(told).toMatchObject({ because: 'reply_lost', next: { what: 'search', at: instant } })
    expect(told.text).toMatch(
      /^The reply of upstream was lost\..* It gives up at \d\d:\d\d:\d\d UTC at the earliest\.$/,
    )
    await api.moves.cancel(user.id, task.videoId)
    expect(await explain(user, task)).toMatchObject({ because: 'cancelled', next: { what: 'search' } })
  })

  test('is searched for once more before a retry pays', async () => {
    const task = await api.aTask(user)
    const run = await aSubmission(task)
    await api.ledger.markInDoubt(task, run)
    await api.ledger.giveUp(task, { errorCode: 'submission_unknown', errorMessage: 'no answer' })
    const failed = await explain(user, task)
    expect(failed).toMatchObject({ because: 'failed', details: { code: 'submission_unknown' } })
    const retried = await api.moves.retry(user.id, task.videoId, false)
    expect((await explain(user, task)).because).toBe('reply_lost')

    await queues.enqueueSubmit(await api.aTask(user), 1)
    await queues.enqueueSubmit(retried ?? task, 2)
    const told = await explain(user, task)
    expect(told).toMatchObject({ because: 'reply_lost', next: { what: 'search', at: null } })
    expect(told.details.behind).toBeGreaterThan(0)
    expect(told.text).toMatch(/ \d+ others? (is|are) before it\./)
  })
})

describe('a task that upstream has', () => {
  test.each([
    [{}, 'upstream_works', 'Nothing is wrong.'],
    [{ failures: 5 }, 'upstream_silent', '5 times in a row'],
    [{ misses: 1, missingSince: 7 }, 'upstream_misses', '1 time in a row'],
    [{ empties: 2 }, 'nothing_to_play', '2 looks'],
  ])('whose polls noted %j says %s', async (trouble, because, words) => {
    const task = await processing()
    await api.moves.notePollTrouble([{ ...task, trouble }])
    await aSnoozedLane(task)
    const told = await explain(user, task)
    expect(told).toMatchObject({
      state: 'PROCESSING',
      because,
      next: { what: 'look', at: instant },
      paid: [{ outcome: 'accepted' }],
    })
    expect(told.text).toContain(words)
  })

  test('says that its lane met a fault of ours', async () => {
    const task = await processing()
    await aSnoozedLane(task, { errors: 1, tasks: 3, late: 0 })
    const told = await explain(user, task)
    expect(told).toMatchObject({ because: 'own_error', next: { what: 'look', at: instant } })
    expect(told.text).toContain('1 time in a row')
  })

  test('says that nobody polls its lane', async () => {
    const task = await processing()
    await queues.remove('poll', laneOf(task))
    expect(await explain(user, task)).toMatchObject({ because: 'job_missing', next: { what: 'enqueue' } })
  })

  test('says when it is looked at though its lane is due before', async () => {
    const task = await processing()
    const notBefore = Date.now() + 600_000
    await aSnoozedLane(task)
    const { next } = await explain(user, task)
    expect(Date.parse(next?.at ?? '')).toBeLessThan(notBefore)
    await api.moves.notePollTrouble([{ ...task, trouble: { failures: 9, notBefore } }])
    const told = await explain(user, task)
    expect(told).toMatchObject({
      because: 'upstream_silent',
      next: { what: 'look', at: new Date(notBefore).toISOString() },
    })
  })

  test('says that it takes long', async () => {
    const task = await processing()
    await api.moves.apply(task, { to: 'PROCESSING', progress: 42, overdue: true })
    await aSnoozedLane(task)
    const told = await explain(user, task)
    expect(told).toMatchObject({ because: 'overdue', details: { progress: 42 } })
    expect(told.text).toMatch(/followed until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/)
  })

  test('says that nobody can be asked for it any more', async () => {
    const task = await madeBy(user, 'gone/key' as never)
    expect((await explain(user, task)).because).toBe('upstream_gone')
  })
})

describe('a task that has ended', () => {
  test('says how it stands with its clip', async () => {
    const task = await processing()
    await api.moves.apply(task, { to: 'COMPLETED', archive: true })
    await aSnoozedJob('archive', task, { failures: 2 })
    expect(await explain(user, task)).toMatchObject({
      because: 'archiving',
      next: { what: 'archive', at: instant },
    })
    await api.moves.noteClipLost(task.videoId)
    expect(await explain(user, task)).toMatchObject({ because: 'archive_lost', next: null })
    const plain = await api.aTask(user, { status: 'COMPLETED' })
    expect(await explain(user, plain)).toMatchObject({ because: 'completed', next: null })
  })

  test('says why it failed, in our words', async () => {
    const task = await api.aTask(user, { status: 'FAILED' })
    const told = await explain(user, task)
    expect(told).toMatchObject({ because: 'failed', details: { code: 'upstream_refused' }, next: null })
    expect(told.text).toBe('Upstream refused the request; nothing was made.')
  })
})

test('a row that nobody understands is explained all the same', async () => {
  const task = await api.aTask(user, { metadata: { type: 'remix' } })
  await aSnoozedJob('submit', task, { errors: 2 })
  expect((await explain(user, task)).because).toBe('own_error')
})

async function processing() {
  const task = await api.aTask(user, { status: 'PROCESSING' })
  if (!isProcessing(task)) throw new Error(`is ${task.status}`)
  return task
}
