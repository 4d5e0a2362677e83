import { firstCredential } from '@reelay/contracts/credential'
import { holdReasons } from '@reelay/contracts/lifecycle'
import { createLedger } from '@reelay/db/ledger'
import { upstreamState } from '@reelay/db/schema'
import { createUpstreamState } from '@reelay/db/upstream-state'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { createLinks } from '../../src/http/links.ts'
import { createPresenter } from '../../src/tasks/present.ts'
import { buildTestApp } from '../support/test-app.ts'

const api = await buildTestApp()
afterAll(api.stop)
beforeEach(() => api.db.delete(upstreamState))

const upstream = createUpstreamState(api.db)
const ledger = createLedger(api.db)
const soon = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/)

test('a task that is held back with all others says why and until when', async () => {
  const user = await api.aUser()
  const [waiting, source] = [await api.aTask(user), await api.aTask(user, { status: 'COMPLETED' })]
  const path = `/api/video/tasks/${waiting.videoId}`
  expect((await user.get(path)).json().data).not.toHaveProperty('held')

  await upstream.noteTrouble(waiting, firstCredential, { because: 'key_rejected', retryAfterMs: 60_000 })
  const { data } = (await user.get(path)).json()
  expect(data).toMatchObject({ status: 'QUEUED', version: waiting.version })
  expect(data.held).toEqual({ because: 'key_rejected', until: soon })
  expect(Date.parse(data.held.until)).toBeGreaterThan(Date.now())

  const { tasks } = (await user.get('/api/video/tasks')).json().data
  expect(tasks.map((task: { held?: object }) => task.held)).toEqual([undefined, data.held])
  expect((await user.get(`/api/video/tasks/${source.videoId}`)).json().data).not.toHaveProperty('held')
  expect((await user.get(`${path}/lineage`)).json().data.task.held).toEqual(data.held)

  await upstream.noteAnswer({ ...waiting, attempt: 99 }, firstCredential, true)
  expect((await user.get(path)).json().data).not.toHaveProperty('held')
})

test('a task that was just moved is shown though Postgres went away since', async () => {
  const task = await api.aTask(await api.aUser())
  const away = async () => Promise.reject(new Error('connection refused'))
  const present = createPresenter(
    createLinks({ secret: 'a secret' }),
    { holdsOf: away },
    { registry: api.config.upstream.registry },
  )
  expect(await present.moved(task)).toMatchObject({ videoId: task.videoId, status: 'QUEUED' })
  await expect(present.task(task)).rejects.toThrow('connection refused')
})

test('a task that waits by itself says so, and others don’t', async () => {
  const user = await api.aUser()
  const [poison, other] = [await api.aTask(user), await api.aTask(user)]
  const run = { runId: crypto.randomUUID(), credential: firstCredential, twinKey: 'poison' }
  await ledger.beginSubmission(poison, run, { sendWindowMs: 0, sendingMs: 1000 })
  await ledger.markNotSent(poison, run, { because: 'unclear', ms: 60_000 })
  expect((await user.get(`/api/video/tasks/${poison.videoId}`)).json().data.held).toEqual({
    because: 'unclear',
    until: soon,
  })
  expect((await user.get(`/api/video/tasks/${other.videoId}`)).json().data).not.toHaveProperty('held')
})

test.each(holdReasons)('the metrics say that all wait because of %s', async (because) => {
  await using scraped = await buildTestApp()
  const task = await scraped.aTask(await scraped.aUser())
  const state = createUpstreamState(scraped.db)
  for (let n = 0; n < 3; n += 1) await state.noteTrouble(task, firstCredential, { because })
  const { body } = await scraped.app.inject('/metrics')
  const held = [...body.matchAll(/^reelay_submits_held\{.*because="(\w+)"[^}]*\} (\d)$/gm)]
  expect(held.map(([, reason, value]) => [reason, value])).toEqual(
    holdReasons.map((reason) => [reason, reason === because ? '1' : '0']),
  )
})
