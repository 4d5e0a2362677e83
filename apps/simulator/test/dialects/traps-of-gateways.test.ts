import { expect, test } from 'vitest'
import { type DialectName, dialectNames } from '../../src/dialects/all.ts'
import { aConversation, type Json } from './conversation.ts'
import { expected } from './expected.ts'
import { create } from './making.ts'

const prompt = 'a kite'

test.each(dialectNames)('%s may answer a creation with 200, 201 and 202 by turns', async (dialect) => {
  const conversation = await aConversation(dialect)
  await conversation.admin('POST', '/faults', { name: 'accept_status', count: 3 })
  const answers = []
  for (let i = 0; i < 3; i++) answers.push(await create(conversation, dialect, `kite ${i}`))
  expect(answers.map(({ status }) => status)).toEqual([200, 201, 202])
  const ids = answers.map(({ body }) => expected[dialect].id(body))
  expect((await conversation.bill()).jobs.flatMap((job) => job.ids)).toEqual(ids)
})

test.each(dialectNames)('%s may make a video and lose its id', async (dialect) => {
  const conversation = await aConversation(dialect)
  const { status, body } = await create(conversation, dialect, '[fault:no_id]')
  expect(status).toBe(dialect === 'new-api' || expected[dialect].created[0] === 202 ? 202 : 200)
  for (const name of ['id', 'task_id', 'request_id']) expect(body).not.toHaveProperty(name)
  expect((await conversation.bill()).total).toBe(1)
})

test('new-api takes a 202 of its upstream for an error, while the job runs', async () => {
  const { post } = await aConversation('new-api')
  const { status, body } = await post('/videos', { prompt: '[fault:no_id]', model: 'm' })
  expect({ status, body }).toMatchObject({ status: 202, body: { code: 'fail_to_fetch_task', data: null } })
  expect(JSON.parse(body.message)).toEqual({ id: expect.stringMatching(/^video_/), status: 'queued' })
})

test.each([404, 400])('new-api sends its own id on, and its upstream answers %i', async (status) => {
  const { post, bill } = await aConversation('new-api')
  const { body: source } = await post('/videos', { prompt, model: 'm' })
  const remix = await post(`/videos/${source.id}/remix`, { prompt: `x [fault:own_id=${status}]` })
  expect(remix).toMatchObject({ status, body: { code: 'fail_to_fetch_task', data: null } })
  expect(JSON.parse(remix.body.message).error.message).toContain(source.id)
  expect((await bill()).total).toBe(1)
})

test.each<[DialectName, number, Json]>([
  ['openai', 429, { error: { code: 'insufficient_quota' } }],
  ['litellm', 400, { error: { type: 'budget_exceeded', code: '400' } }],
  ['new-api', 403, { error: { code: 'insufficient_user_quota', type: 'new_api_error' } }],
  ['openrouter', 402, { error: { code: 402 } }],
])('%s says with %i that the balance is empty', async (dialect, status, body) => {
  const conversation = await aConversation(dialect)
  expect(await create(conversation, dialect, '[fault:quota]')).toMatchObject({ status, body })
})

test.each<[DialectName, number]>([
  ['azure', 404],
  ['openrouter', 404],
  ['new-api', 503],
])('%s answers %i for a model it no longer has', async (dialect, status) => {
  const conversation = await aConversation(dialect)
  expect((await create(conversation, dialect, '[fault:no_model]')).status).toBe(status)
})

test('new-api may name its task by task_id alone', async () => {
  const { post, get } = await aConversation('new-api')
  const { body } = await post('/videos', { prompt: '[fault:task_id_only]', model: 'm' })
  expect(Object.keys(body)).toEqual(['task_id'])
  expect((await get(`/videos/${body.task_id}`)).body.status).toBe('completed')
})

test('new-api shows the source as its upstream calls it', async () => {
  const { post, get } = await aConversation('new-api')
  const { body: source } = await post('/videos', { prompt, model: 'm' })
  const { body: remix } = await post(`/videos/${source.id}/remix`, { prompt: 'at night' })
  const { remixed_from_video_id } = (await get(`/videos/${remix.id}`)).body
  expect(remixed_from_video_id).toMatch(/^video_/)
  expect(remixed_from_video_id).not.toBe(source.id)
})

test('a clip that is cut goes on from where it was cut', async () => {
  const { post, get, simulator } = await aConversation('new-api')
  const { body } = await post('/videos', { prompt: '[fault:cut=1000,2]', model: 'm' })
  const path = `/videos/${body.id}/content`
  const parts = []
  for (const from of [0, 1000]) parts.push(await cutBytes(`${simulator.url}${path}`, from))
  const rest = await fetch(`${simulator.url}${path}`, { headers: headersFrom(2000) })
  parts.push(Buffer.from(await rest.arrayBuffer()))

  const whole = Buffer.from(await (await get(path)).response.arrayBuffer())
  expect(parts.slice(0, 2).map(({ length }) => length)).toEqual([1000, 1000])
  expect(Buffer.concat(parts).equals(whole)).toBe(true)
})

test('litellm spells an id otherwise in polls and lists, and knows it by each', async () => {
  const { post, get } = await aConversation('litellm')
  const { body: created } = await post('/videos', { prompt })
  const { body: polled } = await get(`/videos/${encodeURIComponent(created.id)}`)
  expect(polled.id).not.toBe(created.id)
  expect((await get('/videos')).body.data[0].id).toBe(polled.id)
  expect((await get(`/videos/${encodeURIComponent(polled.id)}`)).body.id).toBe(polled.id)
  const { body: remix } = await post(`/videos/${encodeURIComponent(polled.id)}/remix`, { prompt: 'at night' })
  expect(remix.remixed_from_video_id).toBe(created.id)
})

test('litellm goes on with its list after an id of either spelling', async () => {
  const { post, get } = await aConversation('litellm')
  const { body: first } = await post('/videos', { prompt: 'first' })
  const { body: second } = await post('/videos', { prompt: 'second' })
  const { data } = (await get('/videos?limit=1')).body
  const polled = (await get(`/videos/${encodeURIComponent(first.id)}`)).body
  for (const after of [second.id, data[0].id]) {
    const { body } = await get(`/videos?after=${encodeURIComponent(after)}`)
    expect(body).toEqual({ object: 'list', data: [polled] })
  }
})

test('litellm leads to a clip by either spelling', async () => {
  const { post, get } = await aConversation('litellm')
  const { body: created } = await post('/videos', { prompt: '[fault:redirect]' })
  const { body: polled } = await get(`/videos/${encodeURIComponent(created.id)}`)
  for (const id of [created.id, polled.id]) {
    const { status, response } = await get(`/videos/${encodeURIComponent(id)}/content`)
    expect([status, response.redirected]).toEqual([200, true])
  }
})

test('litellm is there without /v1 as well', async () => {
  const { simulator, call } = await aConversation('litellm')
  const { status } = await call('POST', `${new URL(simulator.url).origin}/videos`, { prompt })
  expect(status).toBe(200)
})

test.each<[DialectName]>([['litellm'], ['bifrost']])(
  '%s sends a clip whole, whatever part is wanted',
  async (dialect) => {
    const conversation = await aConversation(dialect)
    const id = expected[dialect].id((await create(conversation, dialect, prompt)).body)
    const url = `${conversation.simulator.url}/videos/${encodeURIComponent(id)}/content`
    const { status, headers } = await fetch(url, { headers: headersFrom(10) })
    expect([status, headers.get('accept-ranges')]).toEqual([200, null])
  },
)

test('bifrost may put ten megabytes of a clip into its answer', async () => {
  const { post, get } = await aConversation('bifrost')
  const { body } = await post('/videos', { prompt: '[fault:base64_clip]', model: 'openai/sora-2' })
  const { videos } = (await get(`/videos/${encodeURIComponent(body.id)}`)).body
  const [{ type, base64, url }] = videos
  expect([type, url]).toEqual(['base64', undefined])
  const bytes = Buffer.from(base64, 'base64')
  expect([bytes.length, bytes.toString('latin1', 4, 8)]).toEqual([10_000_000, 'ftyp'])
})

test('bifrost wants a provider for its list, and may leave out where it ends', async () => {
  const { get, admin } = await aConversation('bifrost')
  expect((await get('/videos')).body.error).toMatchObject({ param: 'provider' })
  await admin('POST', '/faults', { name: 'bare_list', scope: 'list' })
  expect((await get('/videos?provider=openai')).body).toEqual({ object: 'list', data: [] })
  expect((await get('/videos?provider=openai')).body.has_more).toBe(false)
})

function headersFrom(from: number) {
  return { authorization: 'Bearer sk-test', range: `bytes=${from}-` }
}

/** What comes of a clip from this byte on, until the connection ends early. */
async function cutBytes(url: string, from: number): Promise<Buffer> {
  const { body } = await fetch(url, { headers: headersFrom(from) })
  const chunks: Uint8Array[] = []
  await expect(async () => {
    for await (const chunk of body ?? []) chunks.push(chunk)
  }).rejects.toThrow('terminated')
  return Buffer.concat(chunks)
}
