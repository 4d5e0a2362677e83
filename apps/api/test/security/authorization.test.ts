import { afterAll, describe, expect, test } from 'vitest'
import { buildTestApp, noVideoId } from '../support/test-app.ts'
import { collectRoutes } from './collect-routes.ts'
import { pairedDifference } from './paired.ts'

const { built: api, routes } = await collectRoutes(() => buildTestApp())
afterAll(api.stop)
const [owner, stranger] = [await api.aUser(), await api.aUser()]
const bodies: Record<string, object> = {
  remix: { prompt: 'a dog' },
  edit: { prompt: 'a dog' },
  extend: { prompt: 'a dog', seconds: '4' },
  retry: { force: true },
}

const taskRoutes = routes.filter(({ url }) => url.startsWith('/api/') && url.includes('/:videoId'))

test.each(taskRoutes)('$method $url shows a foreign task like none', async ({ method, url }) => {
  const states = ['QUEUED', 'PROCESSING', 'COMPLETED', 'FAILED'] as const
  const foreign = await Promise.all(states.map((status) => api.aTask(owner, { status })))
  const before = await Promise.all(foreign.map(({ videoId }) => api.row(videoId)))
  const counts = await api.counts()

  const made = await ask(noVideoId())
  expect(made.statusCode).toBe(404)
  for (const { videoId } of foreign) expect(await ask(videoId)).toEqual(made)
  expect(await Promise.all(foreign.map(({ videoId }) => api.row(videoId)))).toEqual(before)
  expect(await api.counts()).toEqual(counts)

  async function ask(videoId: string) {
    const path = url.replace(':videoId', videoId)
    const answer = await api.app.inject({
      method: method as 'GET',
      url: path,
      headers: { authorization: `Bearer ${stranger.token}` },
      ...(method === 'POST' && { payload: bodies[path.split('/').at(-1) ?? ''] ?? {} }),
    })
    return { statusCode: answer.statusCode, body: answer.body.replace(/"requestId":"[^"]+"/, '') }
  }
})

test('a foreign task takes as much work as none', async () => {
  const { videoId } = await api.aTask(owner, { status: 'COMPLETED' })
  const read = (id: string) => () => stranger.get(`/api/video/tasks/${id}`)
  expect(await pairedDifference([read(videoId), read(noVideoId())], 0.3)).toBeLessThan(0.3)
})

test('the routes of a task are all known here', () => {
  expect(taskRoutes.length).toBeGreaterThanOrEqual(6)
})

describe('a request that sets what is ours', () => {
  const ours = {
    status: 'COMPLETED',
    externalTaskId: 'upstream_1',
    userId: owner.id,
    attempt: 9,
    version: 9,
    progress: 100,
    errorCode: null,
    remixed_from: noVideoId(),
    force: true,
  }
  test.each(Object.keys(ours))('is refused by the name of %s', async (field) => {
    const source = await api.aTask(stranger, { status: 'COMPLETED' })
    const before = await api.counts()
    const body = { prompt: 'a cat', [field]: ours[field as keyof typeof ours] }
    for (const path of ['/api/video/tasks', `/api/video/tasks/${source.videoId}/remix`]) {
      const answer = await stranger.post(path, body)
      expect(answer.statusCode).toBe(400)
      expect(answer.json()).toMatchObject({ code: 'invalid_request', details: [{ field }] })
    }
    expect(await api.counts()).toEqual(before)
  })

  test.each(['type', 'remix_from', 'remix_from_external'])('is refused in metadata as %s', async (key) => {
    const before = await api.counts()
    const answer = await stranger.post('/api/video/tasks', { prompt: 'a cat', metadata: { [key]: 'x' } })
    expect(answer.json()).toMatchObject({ code: 'invalid_request', details: [{ field: 'metadata' }] })
    expect(await api.counts()).toEqual(before)
  })
})

test.each(['x-user-role', 'x-role', 'x-forwarded-user', 'x-user-id'])(
  'a role in the header %s is ignored',
  async (name) => {
    const answer = await stranger.get('/api/video/tasks?all=true', { [name]: 'ADMIN' })
    expect(answer.statusCode).toBe(403)
  },
)
