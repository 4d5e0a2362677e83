import type { Task } from '@reelay/contracts/task'
import { afterAll, expect, test } from 'vitest'
import { buildTestApp, type TestUser } from '../support/test-app.ts'

const api = await buildTestApp()
afterAll(api.stop)
const user = await api.aUser()

const recover = (by: TestUser, clientRequestIds: unknown) =>
  by.post('/api/video/tasks/recover', { clientRequestIds })

test('recovering answers the tasks of the keys that are known', async () => {
  const first = await api.aTask(user, { clientRequestId: 'first', status: 'COMPLETED' })
  const second = await api.aTask(user, { clientRequestId: '第二 %_' })
  await api.aTask(user, { clientRequestId: 'third' })
  const answer = await recover(user, ['第二 %_', 'first', 'never sent', 'first'])
  expect(answer.statusCode).toBe(200)
  const { data } = answer.json()
  expect(data).toMatchObject({ matched: 2, requested: 3 })
  expect(data.tasks.map(({ videoId }: Task) => videoId)).toEqual([first.videoId, second.videoId])
  expect(data.tasks[0]).toMatchObject({ clientRequestId: 'first', videoUrl: expect.any(String) })
})

test('keys of another user match nothing', async () => {
  await api.aTask(user, { clientRequestId: 'mine' })
  const answer = await recover(await api.aUser(), ['mine'])
  expect(answer.json().data).toEqual({ tasks: [], matched: 0, requested: 1 })
})

test('no key at all matches nothing', async () => {
  await api.aTask(user)
  expect((await recover(user, [])).json().data).toEqual({ tasks: [], matched: 0, requested: 0 })
})

test('fifty keys are the most', async () => {
  const keys = Array.from({ length: 51 }, (_, i) => `key ${i}`)
  expect((await recover(user, keys.slice(1))).json().data.requested).toBe(50)
  const refused = await recover(user, keys)
  expect(refused.statusCode).toBe(400)
  expect(refused.json().details).toEqual([
    { field: 'clientRequestIds', message: 'must have at most 50 items' },
  ])
})

test.each([
  [undefined, 'clientRequestIds'],
  ['one', 'clientRequestIds'],
  [['ok', 7], 'clientRequestIds.1'],
  [[''], 'clientRequestIds.0'],
  [['x'.repeat(256)], 'clientRequestIds.0'],
  [['a\u0000'], 'clientRequestIds.0'],
])('the keys %j are refused by name', async (keys, field) => {
  const refused = await recover(user, keys)
  expect(refused.statusCode).toBe(400)
  expect(refused.json()).toMatchObject({ code: 'invalid_request', details: [{ field }] })
})
