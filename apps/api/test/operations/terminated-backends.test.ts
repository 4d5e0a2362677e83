import { setTimeout as sleep } from 'node:timers/promises'
import { connectTo } from '@reelay/db/connect'
import { expect, onTestFinished, test } from 'vitest'
import { buildTestApp, type TestApp } from '../support/test-app.ts'

const TASKS = 40
const ROUNDS = 5
const EVERY_MS = 25

test('while backends are terminated as they send rows every read is answered with all of it or with 503', async () => {
  await using api = await buildTestApp()
  const user = await api.aUser()
  const ids: string[] = []
  for (let n = 0; n < TASKS; n += 1) ids.push((await api.aTask(user, { prompt: aPrompt(n) })).videoId)
  await using storm = await terminate(api, 'prompt')
  const seen = new Map<number, number>()
  const count = (status: number) => seen.set(status, (seen.get(status) ?? 0) + 1)

  // A fast machine may have read it all before one is terminated.
  const goesOn = (round: number, rounds: number) => round < rounds || !(seen.has(200) && seen.has(503))

  const lists = Array.from({ length: 6 }, async () => {
    for (let round = 0; goesOn(round, ROUNDS); round += 1) {
      const answer = await user.get('/api/video/tasks?pageSize=100')
      count(answer.statusCode)
      if (answer.statusCode !== 200) continue
      const { tasks, total } = answer.json().data
      expect(total).toBe(TASKS)
      expect(new Set(tasks.map(({ videoId }: { videoId: string }) => videoId))).toEqual(new Set(ids))
      for (const { videoId, prompt } of tasks) expect(prompt).toBe(aPrompt(ids.indexOf(videoId)))
    }
  })
  const gets = Array.from({ length: 6 }, async (_, loop) => {
    for (let round = 0; goesOn(round, 4 * ROUNDS); round += 1) {
      const n = (loop * 7 + round) % TASKS
      const answer = await user.get(`/api/video/tasks/${ids[n]}`)
      count(answer.statusCode)
      if (answer.statusCode === 200)
        expect(answer.json().data).toMatchObject({ videoId: ids[n], prompt: aPrompt(n) })
    }
  })
  await Promise.all([...lists, ...gets])
  expect([...seen.keys()].sort()).toEqual([200, 503])
  await storm.end()
})

test('while backends are terminated no cancel that took is told as lost, nor the other way', async () => {
  await using api = await buildTestApp()
  const user = await api.aUser()
  const tasks: string[] = []
  for (let n = 0; n < TASKS; n += 1) tasks.push((await api.aTask(user, { prompt: aPrompt(n) })).videoId)
  await using storm = await terminate(api, 'update')
  await Promise.all(
    tasks.map(async (videoId) => {
      const path = `/api/video/tasks/${videoId}/cancel`
      let answer = await user.post(path, {})
      const isFirst = answer.statusCode !== 503
      while (answer.statusCode === 503) {
        await sleep(50)
        answer = await user.post(path, {})
      }
      // One whose answer was lost may have been made: the state says so.
      expect(answer.statusCode).toBeOneOf(isFirst ? [200] : [200, 422])
    }),
  )
  await storm.end()
  for (const videoId of tasks)
    expect(await api.row(videoId)).toMatchObject({ status: 'CANCELLED', version: 2 })
})

function aPrompt(n: number): string {
  return `${n} `.padEnd(30_000, 'a boat ')
}

/** Terminates the backends that run a statement of such a kind, again and again. */
async function terminate(api: TestApp, kind: string) {
  const admin = await connectTo(api.config.database.url)
  let ended = false
  const running = (async () => {
    while (!ended) {
      await admin.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and state = 'active' and query ilike $1 and pid <> pg_backend_pid()`,
        [`%${kind}%`],
      )
      await sleep(EVERY_MS)
    }
  })()
  const end = async () => {
    ended = true
    return running
  }
  onTestFinished(() => admin.end())
  return { end, [Symbol.asyncDispose]: async () => void (await end()) }
}
