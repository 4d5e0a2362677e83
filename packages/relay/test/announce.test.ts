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
