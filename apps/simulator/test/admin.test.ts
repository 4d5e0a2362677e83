import { networkInterfaces } from 'node:os'
import { expect, test } from 'vitest'
import type { LoggedRequest } from '../src/request-log.ts'
import { aSimulation, isUnanswered, never } from './simulation.ts'

test('the bill counts the jobs of each source and prompt, deleted ones too', async () => {
  const { admin, client } = await aSimulation()
  const source = await admin('POST', '/videos', { prompt: 'a fox' })
  const first = await client.videos.remix(source.id, { prompt: 'in snow' })
  const second = await client.videos.remix(source.id, { prompt: 'in snow' })
  const other = await client.videos.create({ prompt: 'in snow' })
  await client.videos.delete(first.id)

  expect(await admin('GET', '/bill')).toMatchObject({
    total: 3,
    jobs: [
      { source: source.id, prompt: 'in snow', count: 2, ids: [first.id, second.id] },
      { source: null, prompt: 'in snow', count: 1, ids: [other.id] },
    ],
  })
})

test('a refused submission is not billed', async () => {
  const { admin, client } = await aSimulation()
  await expect(client.videos.remix('video_x', { prompt: 'in snow' })).rejects.toMatchObject({ status: 404 })
  expect(await admin('GET', '/bill')).toMatchObject({ total: 0, jobs: [] })
})

test('the request log tells when each request began and ended', async () => {
  const { admin, client } = await aSimulation()
  const { id } = await client.videos.create({ prompt: '[fault:silence=60000]' })
  await isUnanswered((signal) => client.videos.retrieve(id, { signal }))

  await expect
    .poll(async () => (await admin<LoggedRequest[]>('GET', '/requests'))[1]?.endedAt)
    .toBeGreaterThan(0)
  const [created, polled] = await admin<LoggedRequest[]>('GET', '/requests')
  expect(created).toMatchObject({ method: 'POST', path: '/v1/videos', videoId: null, status: 200 })
  expect(polled).toMatchObject({ method: 'GET', path: `/v1/videos/${id}`, videoId: id, status: null })
  expect((polled?.endedAt ?? 0) - (polled?.at ?? 0)).toBeGreaterThan(0)
})

test('a shifted clock shows in dates but ages nothing', async () => {
  const { admin, client, request } = await aSimulation({ script: never })
  await admin('POST', '/clock', { offsetMs: -3_600_000 })
  const { created_at, status } = await client.videos.create({ prompt: 'a fox' })
  expect(Date.now() / 1000 - created_at).toBeGreaterThan(3590)
  expect(status).toBe('queued')
  const { headers } = await request('GET', '/videos')
  expect(Date.now() - Date.parse(headers.get('date') ?? '')).toBeGreaterThan(3_590_000)
})

test('a changed script holds for the videos made after it', async () => {
  const { admin, client } = await aSimulation({ script: never })
  const before = await client.videos.create({ prompt: 'a fox' })
  await admin('POST', '/script', { queuedMs: 0, renderMs: 0 })
  const after = await client.videos.create({ prompt: 'a fox' })
  expect([(await client.videos.retrieve(before.id)).status, after.status]).toEqual(['queued', 'completed'])
})

test('a reset forgets videos, bill, requests and faults', async () => {
  const { admin, client } = await aSimulation()
  await client.videos.create({ prompt: 'a fox' })
  await admin('POST', '/faults', { name: 'quota', count: 9 })
  await admin('POST', '/reset')
  expect(await admin('GET', '/bill')).toMatchObject({ total: 0, jobs: [] })
  expect(await admin('GET', '/requests')).toEqual([])
  expect((await client.videos.list()).data).toEqual([])
  expect((await client.videos.create({ prompt: 'a fox' })).status).toBe('completed')
})

const outside = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ internal, family }) => !internal && family === 'IPv4')

test.skipIf(!outside)(
  'who comes from another address than this machine’s own loop sees nothing',
  async () => {
    const { admin, simulator } = await aSimulation({ host: '0.0.0.0' })
    const url = simulator.adminUrl.replace(/\/\/[^:/]+/, `//${outside?.address}`)
    for (const [method, path] of [
      ['GET', '/bill'],
      ['GET', '/requests'],
      ['POST', '/reset'],
      ['POST', '/faults'],
    ] as const)
      expect((await fetch(`${url}${path}`, { method })).status, path).toBe(403)
    expect(await admin('GET', '/bill')).toMatchObject({ total: 0, jobs: [] })
  },
)
