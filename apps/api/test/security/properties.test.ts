import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { anything, nearly, text } from '../support/arbitraries.ts'
import { buildTestApp, noVideoId } from '../support/test-app.ts'

const api = await buildTestApp({ env: { REMIX_ACCEPT_WAIT_MS: '0' } })
afterAll(api.stop)
const user = await api.aUser()
const source = await api.aTask(user, { status: 'COMPLETED' })

const prompt = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 })
const metadata = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 }), { maxKeys: 4 })
const key = fc.string({ minLength: 1, maxLength: 20 })
const id = fc.oneof(text, fc.constantFrom(source.videoId, noVideoId()))
const clip = fc.oneof({ weight: 3, arbitrary: fc.constant(source.videoId as string) }, id)

const create = nearly({
  prompt,
  metadata,
  clientRequestId: key,
  model: key,
  seconds: fc.constantFrom('4', '8'),
  size: fc.constant('720x1280'),
})
const remix = nearly({ prompt, metadata, clientRequestId: key, model: key })
const retry = nearly({ force: fc.boolean() })
const recover = nearly({ clientRequestIds: fc.array(key, { maxLength: 60 }) })
const login = nearly({ username: text, password: text })
const account = nearly({ username: text, email: fc.oneof(fc.emailAddress(), text), password: text })

test.each<[string, fc.Arbitrary<string>, fc.Arbitrary<string>, number]>([
  ['register', fc.constant('/api/auth/register'), account, 80],
  ['login', fc.constant('/api/auth/login'), login, 30],
  ['verify', fc.constant('/api/auth/verify'), nearly({ token: fc.oneof(text, fc.constant(user.token)) }), 60],
  ['create', fc.constant('/api/video/tasks'), create, 100],
  ['remix', clip.map((each) => `/api/video/tasks/${encode(each)}/remix`), remix, 80],
  ['retry', id.map((each) => `/api/video/tasks/${encode(each)}/retry`), retry, 60],
  [
    'cancel',
    id.map((each) => `/api/video/tasks/${encode(each)}/cancel`),
    anything.map((each) => JSON.stringify(each) ?? ''),
    60,
  ],
  ['recover', fc.constant('/api/video/tasks/recover'), recover, 60],
])('whatever is sent to %s is answered, and a refusal leaves nothing', async (_, url, body, numRuns) => {
  await fc.assert(
    fc.asyncProperty(url, body, async (path, payload) => {
      const before = await everything()
      const answer = await user.post(path, payload, { 'content-type': 'application/json' })
      expect(answer.statusCode, answer.body).toBeLessThan(500)
      if (answer.statusCode < 300) return
      expect(answer.json()).toMatchObject({
        success: false,
        code: expect.any(String),
        error: expect.any(String),
      })
      expect(await everything()).toEqual(before)
    }),
    { numRuns, interruptAfterTimeLimit: 20_000 },
  )
})

test('whatever a list is asked, it is answered', async () => {
  const names = [
    'status',
    'page',
    'pageSize',
    'orderBy',
    'order',
    'cursor',
    'clientRequestId',
    'all',
    'x[__proto__]',
  ]
  const value = fc.oneof(
    text,
    fc.integer().map(String),
    fc.constantFrom('COMPLETED', 'asc', 'createdAt', 'true', '1e9', 'NaN'),
  )
  const query = fc.array(fc.tuple(fc.constantFrom(...names), value), { maxLength: 5 })
  await fc.assert(
    fc.asyncProperty(query, async (pairs) => {
      const search = pairs.map(([name, each]) => `${encode(name)}=${encode(each)}`).join('&')
      const answer = await user.get(`/api/video/tasks?${search}`)
      expect([200, 400, 403], answer.body).toContain(answer.statusCode)
    }),
    { numRuns: 150, interruptAfterTimeLimit: 20_000 },
  )
})

/** Half a character can't be sent in an address. */
function encode(value: string): string {
  return encodeURIComponent(value.toWellFormed())
}

async function everything() {
  const [row] = await api.db.execute('select count(*)::int as count from users')
  return { ...(await api.counts()), users: row?.count }
}
