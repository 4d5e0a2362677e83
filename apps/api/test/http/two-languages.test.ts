import { afterAll, describe, expect, test } from 'vitest'
import { collectRoutes } from '../security/collect-routes.ts'
import { buildTestApp } from '../support/test-app.ts'

const { built: api, routes } = await collectRoutes(() => buildTestApp({ env: { DOCS: 'closed' } }))
afterAll(api.stop)
const admin = await api.aUser({ role: 'ADMIN' })
const source = await api.aTask(admin, { status: 'COMPLETED' })

type Answer = { statusCode: number; json: () => Failure }
type Failure = {
  code: string
  error: string
  message: string
  details?: { field: string; message: string }[]
}

const long = 'x'.repeat(40_000)
const values = [
  null,
  7,
  -1,
  1.5,
  true,
  '',
  ' ',
  long,
  [],
  [7],
  [null],
  {},
  { a: { b: 1 } },
  'a\u0000',
  '\ud800',
  'no',
]
const fields = [
  ...[
    'prompt',
    'model',
    'clientRequestId',
    'metadata',
    'seconds',
    'size',
    'duration',
    'aspectRatio',
    'force',
  ],
  ...['clientRequestIds', 'externalTaskId', 'username', 'email', 'password', 'token', 'nothing'],
]
const bodies: unknown[] = [
  ...[null, 7, 'text', [], {}],
  ...values.map((value) => Object.fromEntries(fields.map((field) => [field, value]))),
  { prompt: 'a cat', metadata: { type: 'remix', remix_from: 'x' } },
  { prompt: 'a cat', metadata: { a: 'x'.repeat(5000) } },
  { prompt: 'a cat', metadata: JSON.parse(`${'{"a":'.repeat(20)}1${'}'.repeat(20)}`) },
  { clientRequestIds: Array(51).fill('a') },
]
const raw: [Record<string, string>, string][] = [
  [{}, '{'],
  [{}, '['.repeat(40) + ']'.repeat(40)],
  [{}, '{"a":1,"a":2}'],
  [{}, '{"__proto__":1}'],
  [{ 'content-type': 'text/plain' }, 'a cat'],
  [{ 'content-type': 'application/json; charset=gbk' }, '{}'],
  [{ 'content-encoding': 'gzip' }, '{}'],
  [{ 'content-type': 'multipart/form-data; boundary=cut' }, '--cut--'],
  [{ 'content-type': 'multipart/form-data' }, '--cut--'],
  [{ 'idempotency-key': 'caf\u00e9' }, '{"prompt":"a cat"}'],
  [{ 'idempotency-key': 'a' }, '{"prompt":"a cat","clientRequestId":"b"}'],
  [
    { 'content-type': 'multipart/form-data; boundary=cut' },
    '--cut\r\ncontent-disposition: form-data; name="prompt"; filename="a"\r\n\r\na\r\n--cut--',
  ],
]
const queries = [
  ...['status', 'page', 'pageSize', 'orderBy', 'order', 'cursor', 'clientRequestId', 'all'].flatMap((name) =>
    ['', 'x', '-1', '1.5', '99999', '%00', '%ff', `a&${name}=b`, 'x'.repeat(2000)].map(
      (value) => `${name}=${value}`,
    ),
  ),
  ...['videoId', 'token', 'ticket', 'lastEventId'].flatMap((name) => [
    `${name}=${long.slice(0, 5000)}`,
    `${name}=1&${name}=2`,
  ]),
  'page=200&pageSize=100',
]

/** Asked twice, once in each language. */
async function inBoth(method: string, url: string, payload?: string, headers: Record<string, string> = {}) {
  const ask = (language: string) =>
    api.app.inject({
      method: method as 'POST',
      url,
      headers: {
        authorization: `Bearer ${admin.token}`,
        ...(payload !== undefined && { 'content-type': 'application/json' }),
        ...headers,
        'accept-language': language,
      },
      ...(payload !== undefined && { payload }),
    }) as Promise<Answer>
  return { en: await ask('en'), zh: await ask('zh-CN') }
}

/** Counts what was refused with details, so that a test can tell that it has seen some. */
function check({ en, zh }: { en: Answer; zh: Answer }): number {
  if (en.statusCode < 400) return 0
  const [english, chinese] = [en.json(), zh.json()]
  expect(chinese.code).toBe(english.code)
  expect(english.message).toMatch(/^[\x20-\x7e’]+$/)
  expect(chinese.message).toMatch(/\p{Script=Han}/u)
  if (!Array.isArray(english.details)) return 0
  expect(chinese.details?.map(({ field }) => field)).toEqual(english.details.map(({ field }) => field))
  for (const { message } of english.details) {
    expect(message).toMatch(/^(must |is |charset must |page × pageSize must )[\x20-\x7e×’]*$/)
    expect(message).not.toMatch(library)
  }
  for (const { message } of chinese.details ?? []) {
    expect(message).toMatch(/\p{Script=Han}/u)
    expect(message).not.toMatch(/\b(must|is|be|than)\b/)
    expect(message).not.toMatch(library)
  }
  return english.details.length
}

const library = /expected|received|invalid|too (big|small)|unrecogni|option|FST_|\binput\b/i
const posts = routes.filter(({ method, url }) => method === 'POST' && url.startsWith('/api/'))
const gets = routes.filter(({ method, url }) => method === 'GET' && url.startsWith('/api/'))
const place = (url: string) => url.replace(':videoId', source.videoId)

describe('every wrong body is told in both languages', () => {
  test.each(posts)('of $url', async ({ url }) => {
    let told = 0
    for (const body of bodies) told += check(await inBoth('POST', place(url), JSON.stringify(body)))
    for (const [headers, body] of raw) told += check(await inBoth('POST', place(url), body, headers))
    expect(told).toBeGreaterThan(2)
  })
})

describe('every wrong address is told in both languages', () => {
  test.each(gets)('of $url', async ({ url }) => {
    let told = 0
    for (const query of queries.filter((query) => !/^(token|ticket)=x/.test(query) || url.includes('sse')))
      if (!isFeed(url) || !/^(status|page|order|cursor|client|all)/.test(query) || query.includes('%ff'))
        told += check(await inBoth('GET', `${place(url)}?${query}`))
    told += check(await inBoth('GET', `${url.replace(/:\w+/, '%ff')}?a=%ff`))
    expect(told).toBeGreaterThan(2)
  })
})

function isFeed(url: string): boolean {
  return url.endsWith('task-updates')
}

test('an import for nobody is told in both languages', async () => {
  const body = JSON.stringify({ externalTaskId: 'up_1', username: 'nobody.at.all' })
  expect(check(await inBoth('POST', '/api/video/tasks/import', body))).toBe(1)
})
