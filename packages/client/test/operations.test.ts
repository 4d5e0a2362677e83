import { expect, test } from 'vitest'
import { reply, serve } from './fake-api.ts'

test.concurrent('operators read each report at its own route', async () => {
  await using api = await serve((response, { url }) =>
    reply(response, 200, url.pathname.endsWith('upstreams') ? { upstreams: [] } : { of: url.pathname }),
  )
  expect(await api.client.upstreams()).toEqual([])
  expect(await api.client.queues()).toEqual({ of: '/api/admin/queues' })
  expect(await api.client.inDoubt()).toEqual({ of: '/api/admin/in-doubt' })
  expect(api.asked.map(({ method }) => method)).toEqual(['GET', 'GET', 'GET'])
})

test.concurrent('an id is looked for as it is, whatever stands in it', async () => {
  await using api = await serve((response) => reply(response, 200, { tasks: [], truncated: false }))
  const id = 'order 7/8 & 雪?#'
  expect(await api.client.findTasks(id)).toEqual({ tasks: [], truncated: false })
  expect(api.asked[0]?.url.pathname).toBe('/api/admin/tasks/search')
  expect([...(api.asked[0]?.url.searchParams ?? [])]).toEqual([['id', id]])
})

test.concurrent('that the queues are away is said at once', async () => {
  await using api = await serve((response) =>
    reply(
      response,
      503,
      { code: 'unavailable', message: 'later', requestId: 'one' },
      { 'retry-after': '20' },
    ),
  )
  await expect(api.client.queues()).rejects.toMatchObject({ status: 503, code: 'unavailable' })
  expect(api.asked).toHaveLength(1)
})
