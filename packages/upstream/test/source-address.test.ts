import { expect, test } from 'vitest'
import { type Answer, aClient, anUpstream, builtInDialect, id, json, silence } from './upstream.ts'

const allowed = { record: async () => true, maySend: () => true }
const remix = { prompt: 'in snow', model: 'm', source: { id } }
const url = 'https://cdn.example/source.mp4?sig=1'
const done = { status: 'done', video: { url, duration: 6, respect_moderation: true } }

test('where a dialect derives by address, upstream is asked for that of the source', async () => {
  const { client, posts } = await aServer(json(200, done))
  expect(await client.submit(remix, allowed)).toMatchObject({ kind: 'created', video: { id: 'r-2' } })
  expect(posts()).toEqual([{ prompt: 'in snow', model: 'm', video: { url } }])
})

test.each<[string, Answer]>([
  ['gone', json(404, {})],
  ['not finished any more', json(202, {})],
  ['without a clip', json(200, { status: 'failed' })],
])('a source that is %s is refused, and nothing is sent', async (_, answer) => {
  const { client, posts } = await aServer(answer)
  expect(await client.submit(remix, allowed)).toMatchObject({
    kind: 'refused',
    errorCode: 'upstream_refused',
  })
  expect(posts()).toEqual([])
})

test.each<[string, Answer]>([
  ['an error', json(500, {})],
  ['silence', silence],
])('an upstream that answers with %s is asked again later', async (_, answer) => {
  const { client, posts } = await aServer(answer, 1500)
  expect(await client.submit(remix, allowed)).toMatchObject({ kind: 'not_sent', recorded: false })
  expect(posts()).toEqual([])
})

/** One that says this of every video, and makes what it is asked for. */
async function aServer(ofSource: Answer, pollTimeoutMs = 60_000) {
  const upstream = await anUpstream((response, request) =>
    (request.method === 'POST' ? json(200, { request_id: 'r-2' }) : ofSource)(response, request),
  )
  const made = upstream.requests
  return {
    client: aClient(upstream.url, { dialect: builtInDialect('xai'), pollTimeoutMs }),
    posts: () => made.filter(({ method }) => method === 'POST').map(({ body }) => JSON.parse(String(body))),
  }
}
