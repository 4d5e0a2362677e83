import { VideosFailure } from '@reelay/contracts/videos'
import fc from 'fast-check'
import { afterAll, expect, test, vi } from 'vitest'
import { fixture, traces } from '../support/pictures.ts'
import { anArchivedTask } from '../support/stored-clip.ts'
import { buildTestApp } from '../support/test-app.ts'
import { type OddRequest, requestsTo } from './arbitrary-requests.ts'

/** `CASES=10000` is the long form. */
const cases = Number(process.env.CASES ?? 400)
const MS_A_CASE = 200
const types: Record<number, string> = {
  401: 'authentication_error',
  403: 'permission_error',
  429: 'rate_limit_error',
}

const api = await buildTestApp({ env: { REMIX_ACCEPT_WAIT_MS: '0', MAX_UNFINISHED_PER_USER: '1000000' } })
afterAll(api.stop)
const user = await api.aUser()
const key = await user.post('/api/keys', { name: 'all' })
const readsOnly = await user.post('/api/keys', { name: 'reads', scopes: ['videos:read'] })
const requests = requestsTo({
  source: await anArchivedTask(api, user, fixture('moov-first.mp4')),
  unfinished: await api.aTask(user),
  credentials: [
    ...Array(4).fill(user.token),
    ...Array(4).fill(key.json().data.key),
    readsOnly.json().data.key,
  ].map((each) => `Bearer ${each}`),
})

test(
  'whatever is sent to /v1 is answered, a refusal in its own shape, and that leaves nothing',
  async () => {
    const seen = new Map<string, number>()
    let left = await traces(api)
    const check = fc.asyncProperty(requests, async (request) => {
      const answer = await api.app.inject(request)
      const code = codeOf(request, answer)
      seen.set(code, (seen.get(code) ?? 0) + 1)
      if (answer.statusCode < 400) left = await traces(api)
      else await vi.waitFor(async () => expect(await traces(api)).toEqual(left))
    })
    await fc.assert(check, { numRuns: cases, ...(process.env.SEED && { seed: Number(process.env.SEED) }) })
    if (process.env.CASES) console.table(Object.fromEntries([...seen].sort()))
    // Requests that are all refused alike show little.
    for (const code of ['GET 200', 'POST 200', 'invalid_request', 'task_not_found', 'unauthorized'])
      expect(seen.keys()).toContain(code)
  },
  cases * MS_A_CASE,
)

/** The code of a failure, else the status; throws where it is none of the Videos API. */
function codeOf({ method, url }: OddRequest, answer: Awaited<ReturnType<typeof api.app.inject>>): string {
  const { statusCode: status, headers, body } = answer
  if (status < 400) return `${method} ${status}`
  // There is no upstream here that could have a still picture.
  if (status !== 502 || !url.includes('variant=thumbnail')) expect(status, body).toBeLessThan(500)
  expect(headers['x-request-id']).toEqual(expect.any(String))
  if (method === 'HEAD') return `HEAD ${status}`
  expect(headers['content-type']).toMatch(/^application\/json/)
  const { error } = VideosFailure.strict().parse(answer.json())
  expect(error.message).not.toBe('')
  expect(error.code).not.toBe('')
  expect(error.type).toBe(types[status] ?? (status < 500 ? 'invalid_request_error' : 'server_error'))
  return error.code
}
