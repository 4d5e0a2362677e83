import type { LineageNode } from '@reelay/contracts/replies'
import type { Task } from '@reelay/contracts/task'
import type { TaskRow } from '@reelay/db/schema'
import { sql } from 'drizzle-orm'
import { afterAll, describe, expect, test } from 'vitest'
import { buildTestApp } from '../support/test-app.ts'

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

test('a deleted task holds its place among its relatives, and tells nothing more', async () => {
  const user = await api.aUser()
  const root = await api.aTask(user, { status: 'COMPLETED' })
  const parent = await aRemixOf(user, root)
  const task = await aRemixOf(user, parent)
  const [first, second] = [await aRemixOf(user, task), await aRemixOf(user, task)]
  const grandchild = await aRemixOf(user, first)
  for (const { videoId } of [parent, first, second]) await user.delete(`/api/video/tasks/${videoId}`)

  const { data } = (await user.get(`/api/video/tasks/${task.videoId}/lineage`)).json()
  expect(data.ancestors).toEqual([
    expect.objectContaining({ videoId: root.videoId, prompt: root.prompt }),
    { videoId: parent.videoId, deleted: true },
  ])
  expect(data.descendants).toEqual([
    {
      videoId: first.videoId,
      deleted: true,
      children: [{ task: expect.objectContaining({ videoId: grandchild.videoId }), children: [] }],
    },
    { videoId: second.videoId, deleted: true, children: [] },
  ])
  expect((await user.get(`/api/video/tasks/${parent.videoId}/lineage`)).json().code).toBe('task_not_found')
})

test('a long chain of deleted tasks is shown as soon as any', async () => {
  const user = await api.aUser()
  const root = await api.aTask(user, { status: 'COMPLETED' })
  await api.db.execute(sql`
    insert into video_tasks (video_id, user_id, request_hash, prompt, metadata, status, deleted_at)
    select 'video_1762300000000_' || lpad(n::text, 7, '0'), ${user.id}, '', '', jsonb_build_object('remix_from',
      case when n = 1 then ${root.videoId} else 'video_1762300000000_' || lpad((n - 1)::text, 7, '0') end),
      'FAILED', now()
    from generate_series(1, 90) n`)
  const answer = await user.get(`/api/video/tasks/${root.videoId}/lineage`)
  expect(answer.statusCode).toBe(200)
  expect(answer.body.match(/"deleted":true/g)).toHaveLength(90)
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

describe('a row that was written by hand', () => {
  test.each([
    ['names itself as its source', 0],
    ['is made from its own remix', 1],
    ['closes a circle of five', 4],
  ])('and %s has a lineage', async (_, between) => {
    const user = await api.aUser()
    const first = await api.aTask(user, { status: 'COMPLETED' })
    const circle = [first]
    for (let i = 0; i < between; i += 1) circle.push(await aRemixOf(user, circle.at(-1) as TaskRow))
    const last = circle.at(-1) as TaskRow
    const aside = await aRemixOf(user, first)
    await writeSource(first, last.videoId)

    const answer = await user.get(`/api/video/tasks/${first.videoId}/lineage`)
    expect(answer.statusCode).toBe(200)
    const { data } = answer.json()
    expect(data).toMatchObject({
      task: { videoId: first.videoId, remixed_from: last.videoId },
      truncated: true,
    })
    const others = [...data.ancestors.map(({ videoId }: Task) => videoId), ...namesIn(data.descendants)]
    expect(others.toSorted()).toEqual([...circle.slice(1), aside].map(({ videoId }) => videoId).toSorted())
    for (const { videoId } of [last, aside])
      expect((await user.get(`/api/video/tasks/${videoId}/lineage`)).statusCode).toBe(200)
  })

  test.each([7, '', 'nothing', {}, [], null, true])(
    'and names %j as its source is shown without',
    async (source) => {
      const user = await api.aUser()
      const task = await api.aTask(user, { status: 'FAILED', clientRequestId: 'by hand' })
      await writeSource(task, source)
      const self = `/api/video/tasks/${task.videoId}`
      for (const path of [self, `${self}/lineage`, '/api/video/tasks?pageSize=1'])
        expect((await user.get(path)).statusCode, path).toBe(200)
      expect((await user.get(self)).json().data).not.toHaveProperty('remixed_from')
      expect((await user.post(`${self}/retry`, {})).statusCode).toBe(200)
      expect((await user.post(`${self}/cancel`, {})).statusCode).toBe(200)
    },
  )

  test('and ends a long chain is shown with a part of it', async () => {
    const user = await api.aUser()
    const root = await api.aTask(user, { status: 'COMPLETED' })
    await api.db.execute(sql`
      insert into video_tasks (video_id, user_id, request_hash, prompt, metadata)
      select 'video_1762400000000_' || lpad(n::text, 7, '0'), ${user.id}, '', '', jsonb_build_object('remix_from',
        case when n = 1 then ${root.videoId} else 'video_1762400000000_' || lpad((n - 1)::text, 7, '0') end)
      from generate_series(1, 1000) n`)
    for (const name of [root.videoId, 'video_1762400000000_0001000', 'video_1762400000000_0000500']) {
      const answer = await user.get(`/api/video/tasks/${name}/lineage`)
      expect(answer.statusCode).toBe(200)
      expect(answer.json().data.truncated).toBe(true)
    }
  })

  async function writeSource({ videoId }: TaskRow, source: unknown): Promise<void> {
    const metadata = JSON.stringify({ type: 'remix', remix_from: source })
    await api.db.execute(
      sql`update video_tasks set metadata = ${metadata}::jsonb where video_id = ${videoId}`,
    )
  }

  function namesIn(nodes: LineageNode[]): string[] {
    return nodes.flatMap((node) => [nameOf(node), ...namesIn(node.children)])
  }
})

type Ids = [string, Ids[]]

function idsOf(node: LineageNode): Ids {
  return [nameOf(node), node.children.map(idsOf)]
}

function nameOf({ task, videoId }: LineageNode): string {
  return task?.videoId ?? videoId ?? ''
}
