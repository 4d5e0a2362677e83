import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createExplained } from '../support/explained.ts'
import { aFolder } from '../support/folder.ts'
import { buildTestApp } from '../support/test-app.ts'

test('all places of a key being taken is told with their number', async () => {
  await using api = await anApi({ SORA_MAX_IN_FLIGHT: '1' })
  await api.aTask(api.user, { status: 'PROCESSING' })
  const told = await api.explain(api.user, await api.aQueuedTask())
  expect(told).toMatchObject({ because: 'no_permit', details: { inFlight: 1, maxInFlight: 1 } })
  expect(told.text).toBe('All places (1) of its key are taken. It is sent as soon as one is free.')
})

test('a key that may send no more within the minute says when it may', async () => {
  await using api = await anApi(upstreamsFile({ submitsPerMinute: 1 }))
  const credential = 'east/a' as never
  const sent = await api.aTask(api.user)
  const run = await api.aSubmission(sent, { credential, submitsPerMinute: 1 })
  await api.ledger.markNotSent(sent, run)
  const told = await api.explain(api.user, await api.aQueuedTask())
  expect(told).toMatchObject({ because: 'rate_limited', next: { what: 'submit', at: expect.any(String) } })
  const waitMs = Date.parse(told.next?.at ?? '') - Date.now()
  expect(waitMs).toBeGreaterThan(0)
  expect(waitMs).toBeLessThan(70_000)
})

test('where no key makes first videos, that is said', async () => {
  await using api = await anApi(upstreamsFile({ state: 'draining' }))
  expect(await api.explain(api.user, await api.aQueuedTask())).toMatchObject({ because: 'no_upstream' })
})

test('a remix whose key is gone waits for it', async () => {
  await using api = await anApi({})
  const metadata = { type: 'remix', remix_from_external: 'up_1' } as never
  const task = await api.aQueuedTask({ pinnedTo: 'gone/key' as never, metadata })
  expect(await api.explain(api.user, task)).toMatchObject({ state: 'QUEUED', because: 'upstream_gone' })
})

async function anApi(env: Record<string, string>) {
  const api = await buildTestApp({ env })
  const { queues, close, explain, aSubmission } = createExplained(api)
  const user = await api.aUser()
  return {
    ...api,
    ...{ user, explain, aSubmission },
    async aQueuedTask(of: Parameters<typeof api.aTask>[1] & { pinnedTo?: never } = {}) {
      const { pinnedTo, ...columns } = of
      const task = await api.aTask(user, columns)
      if (pinnedTo)
        await api.db.execute(
          `update video_tasks set pinned_to = '${pinnedTo}' where video_id = '${task.videoId}'`,
        )
      await queues.enqueueSubmit(task)
      return task
    },
    async [Symbol.asyncDispose]() {
      await close()
      await api.stop()
    },
  }
}

function upstreamsFile(credential: object): Record<string, string> {
  const path = join(aFolder(), 'upstreams.json')
  const credentials = [{ name: 'a', key: 'sk-test', ...credential }]
  const upstreams = [{ name: 'east', dialect: 'openai', baseUrl: 'http://127.0.0.1:9/v1', credentials }]
  writeFileSync(path, JSON.stringify({ upstreams }))
  return { UPSTREAMS: path, SORA_BASE_URL: '', SORA_API_KEY: '' }
}
