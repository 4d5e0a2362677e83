import type { LineageNode } from '@reelay/contracts/replies'
import type { Task } from '@reelay/contracts/task'
import type { TaskRow } from '@reelay/db/schema'
import { afterAll, expect, test } from 'vitest'
import { buildTestApp } from './test-app.ts'

const api = await buildTestApp()
afterAll(api.stop)

async function aRemixOf(user: { id: string }, source: TaskRow): Promise<TaskRow> {
  const metadata = { type: 'remix' as const, remix_from: source.videoId }
  return api.aTask(user, { status: 'COMPLETED', metadata })
}

test('lineage shows ancestors from the root and descendants as a tree', async () => {
  const user = await api.aUser()
  const root = await api.aTask(user, { status: 'COMPLETED' })
  const parent = await aRemixOf(user, root)
  const task = await aRemixOf(user, parent)
  const [first, second] = [await aRemixOf(user, task), await aRemixOf(user, task)]
  const grandchild = await aRemixOf(user, first)
  await aRemixOf(user, root)

  const answer = await user.get(`/api/video/tasks/${task.videoId}/lineage`)
  expect(answer.statusCode).toBe(200)
  const { data } = answer.json()
  expect(Object.keys(data).sort()).toEqual(['ancestors', 'descendants', 'task', 'truncated'])
  expect(data.ancestors.map(({ videoId }: Task) => videoId)).toEqual([root.videoId, parent.videoId])
  expect(data.task).toMatchObject({
    videoId: task.videoId,
    remixed_from: parent.videoId,
    status: 'COMPLETED',
  })
  expect(data.descendants.map(idsOf)).toEqual([
    [first.videoId, [[grandchild.videoId, []]]],
    [second.videoId, []],
  ])
  expect(data.truncated).toBe(false)
})

test('a task that stands alone has an empty lineage', async () => {
  const user = await api.aUser()
  const { videoId } = await api.aTask(user)
  const { data } = (await user.get(`/api/video/tasks/${videoId}/lineage`)).json()
  expect(data).toMatchObject({ ancestors: [], task: { videoId }, descendants: [], truncated: false })
})

test('lineage shows no task of another user', async () => {
  const [user, stranger] = [await api.aUser(), await api.aUser()]
  const foreign = await api.aTask(stranger, { status: 'COMPLETED' })
  const task = await aRemixOf(user, foreign)
  await aRemixOf(stranger, task)
  const { data } = (await user.get(`/api/video/tasks/${task.videoId}/lineage`)).json()
  expect(data).toMatchObject({ ancestors: [], descendants: [] })
})

type Ids = [string, Ids[]]

function idsOf({ task, children }: LineageNode): Ids {
  return [task.videoId, children.map(idsOf)]
}
