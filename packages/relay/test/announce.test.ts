import { taskUpdate } from '@reelay/contracts/task-update'
import type { TaskRow } from '@reelay/db/schema'
import { toTaskView } from '@reelay/db/task-view'
import { afterAll, expect, test } from 'vitest'
import { createAnnouncer } from '../src/announce.ts'
import { openRelay } from './open-relay.ts'

const relay = await openRelay()
afterAll(relay.close)

test('a move is one line, one count and one update to its user', async () => {
  const user = await relay.aUser()
  const heard = await relay.hear(user)
  const counted: TaskRow[] = []
  const published: unknown[] = []
  const task = await relay.aTask(user, { prompt: 'a hidden prompt' })
  const announce = createAnnouncer({
    publish: async (...told) => void published.push(told),
    log: relay.deps.log,
    countMove: (moved) => counted.push(moved),
    requestId: () => 'request-9',
  })
  await announce(task)
  expect(counted).toEqual([task])
  expect(published).toEqual([[user, taskUpdate(toTaskView(task))]])
  const { videoId, attempt, version } = task
  const lines = relay.lines.filter((line) => line.videoId === videoId)
  expect(lines).toMatchObject([
    {
      msg: 'task moved',
      attempt,
      version,
      status: 'QUEUED',
      progress: 0,
      force: false,
      requestId: 'request-9',
    },
  ])
  expect(JSON.stringify(lines)).not.toContain('hidden')

  await relay.deps.announce(task)
  await expect.poll(() => heard).toEqual([taskUpdate(toTaskView(task))])
})

test('each of several moves is told by itself, in their order', async () => {
  const [user, other] = [await relay.aUser(), await relay.aUser()]
  const [heard, elsewhere] = [await relay.hear(user), await relay.hear(other)]
  const rows = [await relay.aTask(user), await relay.aTask(other), await relay.aTask(user)]
  const counted: TaskRow[] = []
  const { log, publish } = relay.deps
  await createAnnouncer({ publish, log, countMove: (moved) => counted.push(moved) })(rows)
  expect(counted).toEqual(rows)
  const names = rows.map(({ videoId }) => videoId)
  const told = relay.lines.filter(({ videoId }) => names.includes(videoId as never))
  expect(told.map(({ videoId, msg }) => [videoId, msg])).toEqual(names.map((name) => [name, 'task moved']))
  const updates = rows.map((row) => taskUpdate(toTaskView(row)))
  await expect.poll(() => heard).toEqual([updates[0], updates[2]])
  await expect.poll(() => elsewhere).toEqual([updates[1]])
})

test('no move is nothing to tell', async () => {
  const before = relay.lines.length
  await relay.deps.announce([])
  expect(relay.lines).toHaveLength(before)
})
