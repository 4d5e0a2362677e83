import { describe, expect, test, vi } from 'vitest'
import {
  aSimulation,
  type BillAnswer,
  type ErrorAnswer,
  isUnanswered,
  key,
  never,
  stopClock,
} from './simulation.ts'

type Simulation = Awaited<ReturnType<typeof aSimulation>>

const post = ({ request }: Simulation, prompt: string) => request('POST', '/videos', { prompt })
const billed = async ({ admin }: Simulation) => (await admin<BillAnswer>('GET', '/bill')).total

test.each([
  ['rate_limit=3', 429, 'rate_limit_exceeded'],
  ['quota', 429, 'insufficient_quota'],
  ['refuse', 400, 'invalid_value'],
  ['refuse_moderation', 400, 'moderation_blocked'],
])('%s refuses with %i and makes no job', async (fault, status, code) => {
  const simulation = await aSimulation()
  const response = await post(simulation, `a fox [fault:${fault}]`)
  expect(response.status).toBe(status)
  expect(((await response.json()) as ErrorAnswer).error.code).toBe(code)
  expect(response.headers.get('retry-after')).toBe(fault === 'rate_limit=3' ? '3' : null)
  expect(await billed(simulation)).toBe(0)
})

test('rate_limit lets the second post of the same prompt pass', async () => {
  const simulation = await aSimulation()
  const statuses = []
  for (let i = 0; i < 3; i++) statuses.push((await post(simulation, 'a fox [fault:rate_limit]')).status)
  expect(statuses).toEqual([429, 200, 200])
})

test('a marker with a count happens to that many posts', async () => {
  const simulation = await aSimulation()
  const statuses = []
  for (let i = 0; i < 3; i++) statuses.push((await post(simulation, 'a fox [fault:server_error=0,2]')).status)
  expect(statuses).toEqual([502, 502, 200])
})

test('server_error is a page of HTML and makes no job', async () => {
  const simulation = await aSimulation()
  const response = await post(simulation, '[fault:server_error]')
  expect(response.status).toBe(502)
  expect(response.headers.get('content-type')).toContain('text/html')
  expect(await billed(simulation)).toBe(0)
})

test.each([
  ['no_answer', 0],
  ['accept_silence', 1],
])('%s never answers and bills %i', async (fault, total) => {
  const simulation = await aSimulation()
  const { url } = simulation.simulator
  const unanswered = await isUnanswered((signal) =>
    fetch(`${url}/videos`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ prompt: `[fault:${fault}]` }),
      signal,
    }),
  )
  expect(unanswered).toBe(true)
  expect(await billed(simulation)).toBe(total)
})

test('accept_reset makes the job and cuts the connection', async () => {
  const simulation = await aSimulation()
  await expect(post(simulation, '[fault:accept_reset]')).rejects.toThrow('fetch failed')
  expect(await billed(simulation)).toBe(1)
})

test.each([
  ['accept_500', 500],
  ['bad_json', 200],
])('%s makes the job and answers %i with HTML', async (fault, status) => {
  const simulation = await aSimulation()
  const response = await post(simulation, `[fault:${fault}]`)
  expect(response.status).toBe(status)
  expect(response.headers.get('content-type')).toContain('text/html')
  expect(await billed(simulation)).toBe(1)
})

test('slow answers late', async () => {
  const simulation = await aSimulation()
  const start = performance.now()
  expect((await post(simulation, '[fault:slow=80]')).status).toBe(200)
  expect(performance.now() - start).toBeGreaterThan(75)
})

test.each([
  ['moderation', 'moderation_blocked'],
  ['transient', 'internal_error'],
  ['fail', 'video_generation_failed'],
])('%s makes the job fail with %s', async (fault, code) => {
  const { client } = await aSimulation()
  const video = await client.videos.create({ prompt: `[fault:${fault}]` })
  expect(video).toMatchObject({ status: 'failed', completed_at: null, error: { code } })
})

test('transient fails only the first job of a source and prompt', async () => {
  const { client, admin } = await aSimulation()
  const { id } = await admin('POST', '/videos', { prompt: 'a fox' })
  const first = await client.videos.remix(id, { prompt: '[fault:transient]' })
  const second = await client.videos.remix(id, { prompt: '[fault:transient]' })
  expect([first.status, second.status]).toEqual(['failed', 'completed'])
})

test('missing answers 404 until the video is old enough', async () => {
  const { client } = await aSimulation()
  stopClock()
  const { id } = await client.videos.create({ prompt: '[fault:missing=150]' })
  vi.advanceTimersByTime(149)
  await expect(client.videos.retrieve(id)).rejects.toMatchObject({ status: 404 })
  vi.advanceTimersByTime(1)
  expect(await client.videos.retrieve(id)).toMatchObject({ id })
})

test('silence leaves a young video unanswered while the list still works', async () => {
  const { client } = await aSimulation()
  const { id } = await client.videos.create({ prompt: '[fault:silence=60000]' })
  expect(await isUnanswered((signal) => client.videos.retrieve(id, { signal }))).toBe(true)
  expect((await client.videos.list()).data.map((video) => video.id)).toEqual([id])
})

test.each([
  ['poll_rate_limit', 429],
  ['poll_error', 503],
])('%s spoils the first polls with %i', async (fault, status) => {
  const { request, client } = await aSimulation()
  const { id } = await client.videos.create({ prompt: `[fault:${fault}=2]` })
  const statuses = []
  for (let i = 0; i < 3; i++) statuses.push((await request('GET', `/videos/${id}`)).status)
  expect(statuses).toEqual([status, status, 200])
})

test.each([
  ['endless', null],
  ['huge', String(1024 ** 3)],
])('%s answers a young video with more than two megabytes', async (fault, length) => {
  const { request, client } = await aSimulation()
  const { id } = await client.videos.create({ prompt: `[fault:${fault}=60000]` })
  const response = await request('GET', `/videos/${id}`)
  expect(response.status).toBe(200)
  expect(response.headers.get('content-length')).toBe(length)
  expect(await bytesRead(response, 2 * 1024 * 1024)).toBeGreaterThan(2 * 1024 * 1024)
})

test('drip begins its answer before it is whole', async () => {
  const { request, client } = await aSimulation()
  const { id } = await client.videos.create({ prompt: '[fault:drip=60000]' })
  const response = await request('GET', `/videos/${id}`)
  expect(response.status).toBe(200)
  const first = await bytesRead(response, 0)
  expect(first).toBeGreaterThan(0)
  expect(first).toBeLessThan(100)
})

test('list_late hides a young video from the list only', async () => {
  const { client } = await aSimulation()
  stopClock()
  const { id } = await client.videos.create({ prompt: '[fault:list_late=150]' })
  vi.advanceTimersByTime(149)
  expect((await client.videos.list()).data).toEqual([])
  expect((await client.videos.retrieve(id)).id).toBe(id)
  vi.advanceTimersByTime(1)
  expect((await client.videos.list()).data).toHaveLength(1)
})

describe('a list that is armed to lie', () => {
  async function aList(videos: number, fault: string, value?: number) {
    const { admin, client } = await aSimulation({ script: { queuedMs: 0, renderMs: 10_000 } })
    stopClock()
    const made = async () => (await client.videos.create({ prompt: 'a fox' })).id
    const ids: string[] = []
    for (let i = 0; i < videos; i++) ids.unshift(await made())
    vi.advanceTimersByTime(5000)
    await admin('POST', '/faults', { name: fault, scope: 'list', count: 100, value })
    const list = () => client.videos.list({ limit: 100 }).withResponse()
    const told = async () => (await list()).data.data
    return { ids, made, list, told, listed: async () => (await told()).map(({ id }) => id) }
  }

  test.each([
    ['list_stands', 5000],
    ['list_cached', 0],
  ])('%s tells how it was when that was armed', async (fault, aheadMs) => {
    const { ids, made, list } = await aList(2, fault)
    const armedAt = Math.floor(Date.now() / 1000) * 1000
    vi.advanceTimersByTime(5000)
    await made()
    const { data, response } = await list()
    expect(data.data).toMatchObject(ids.map((id) => ({ id, status: 'in_progress', progress: 49 })))
    expect(Date.parse(response.headers.get('date') ?? '') - armedAt).toBe(aheadMs)
  })

  test('list_frozen tells of one video how it was, also once that has ended', async () => {
    const { told } = await aList(3, 'list_frozen', 1)
    const aVideo = (status: string, progress: number) => ({ status, progress })
    const was = aVideo('in_progress', 49)
    vi.advanceTimersByTime(2000)
    expect(await told()).toMatchObject([aVideo('in_progress', 69), was, aVideo('in_progress', 69)])
    vi.advanceTimersByTime(3000)
    expect(await told()).toMatchObject([aVideo('completed', 100), was, aVideo('completed', 100)])
  })

  test('list_short leaves out every other video', async () => {
    const { ids, listed } = await aList(4, 'list_short')
    expect(await listed()).toEqual([ids[0], ids[2]])
  })

  test('list_shuffled has another order each time', async () => {
    const { ids, listed } = await aList(20, 'list_shuffled')
    const [first, second] = [await listed(), await listed()]
    expect(first).not.toEqual(second)
    expect(first.toSorted()).toEqual(ids.toSorted())
  })

  test('list_forged says that videos have ended, are all done, or are two', async () => {
    const { ids, told } = await aList(4, 'list_forged')
    expect(await told()).toMatchObject([
      { id: ids[0], status: 'completed' },
      { id: ids[1], status: 'failed' },
      { id: ids[2], status: 'in_progress', progress: 100 },
      { id: ids[3], status: 'in_progress', progress: 49 },
      { id: ids[3], status: 'completed' },
    ])
    expect(await told()).toHaveLength(5)
  })
})

test('empty completes without content', async () => {
  const { client } = await aSimulation()
  const { id, status } = await client.videos.create({ prompt: '[fault:empty]' })
  expect(status).toBe('completed')
  await expect(client.videos.downloadContent(id)).rejects.toMatchObject({ status: 404 })
})

test('an unknown marker is just text', async () => {
  const simulation = await aSimulation()
  expect((await post(simulation, '[fault:toString] [fault:nothing]')).status).toBe(200)
})

test('an armed fault happens to the next submissions, whatever their prompt', async () => {
  const simulation = await aSimulation()
  await simulation.admin('POST', '/faults', { name: 'rate_limit', value: 7, count: 2 })
  const responses = []
  for (let i = 0; i < 3; i++) responses.push(await post(simulation, 'a fox'))
  expect(responses.map(({ status }) => status)).toEqual([429, 429, 200])
  expect(responses[0]?.headers.get('retry-after')).toBe('7')
})

test.each([
  ['retrieve', '/videos/ID', 'poll_error', 503],
  ['retrieve', '/videos/ID', 'missing', 404],
  ['list', '/videos', 'server_error', 502],
  ['content', '/videos/ID/content', 'rate_limit', 429],
])('a fault armed for %s happens to that request only', async (scope, path, name, status) => {
  const { admin, request } = await aSimulation()
  const { id } = await admin('POST', '/videos', { prompt: 'a fox' })
  await admin('POST', '/faults', { name, scope })
  expect((await request('POST', '/videos', { prompt: 'another' })).status).toBe(200)
  expect((await request('GET', path.replace('ID', id))).status).toBe(status)
  expect((await request('GET', path.replace('ID', id))).status).toBe(200)
})

test('an armed fault can stay with the video that meets it', async () => {
  const { admin, client } = await aSimulation()
  await admin('POST', '/faults', { name: 'moderation' })
  const [first, second] = [
    await client.videos.create({ prompt: 'a' }),
    await client.videos.create({ prompt: 'a' }),
  ]
  expect([first.status, second.status]).toEqual(['failed', 'completed'])
})

test('armed faults are cleared, and a name nobody knows is refused', async () => {
  const simulation = await aSimulation()
  await simulation.admin('POST', '/faults', { name: 'quota', count: 100 })
  await simulation.admin('DELETE', '/faults')
  expect((await post(simulation, 'a fox')).status).toBe(200)
  await expect(simulation.admin('POST', '/faults', { name: 'nothing' })).rejects.toThrow('400')
  await expect(simulation.admin('POST', '/faults', { name: 'fail', scope: 'list' })).rejects.toThrow('400')
})

test('closing cuts the connections that are kept silent', async () => {
  const simulation = await aSimulation({ script: never })
  const answer = expect(post(simulation, '[fault:accept_silence]')).rejects.toThrow('fetch failed')
  await expect.poll(() => billed(simulation)).toBe(1)
  await simulation.simulator.close()
  await answer
})

/** How much of a body came before it was read no further, which is after more than `enough`. */
async function bytesRead({ body }: Response, enough: number): Promise<number> {
  let read = 0
  for await (const chunk of body ?? []) {
    read += chunk.length
    if (read > enough) break
  }
  return read
}
