import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import type { ExternalTaskId } from '@reelay/contracts/task'
import type { TaskRow } from '@reelay/db/schema'
import type { FollowedVideo } from '@reelay/db/tasks/lanes'
import { newClipKey } from '@reelay/media/object-keys'
import type { TestApp } from './test-app.ts'

/** A finished task whose clip is on its way to our own store. */
export async function aPendingTask(
  api: TestApp,
  user: { id: string },
  externalTaskId: string = `upstream_${randomUUID()}`,
): Promise<TaskRow> {
  const { videoId } = await api.aTask(user, {
    status: 'PROCESSING',
    externalTaskId: externalTaskId as ExternalTaskId,
  })
  const task = (await api.row(videoId)) as FollowedVideo
  return moved(await api.moves.apply(task, { to: 'COMPLETED', archive: true }))
}

/** One whose clip is there, as a worker leaves it. */
export async function anArchivedTask(
  api: TestApp,
  user: { id: string },
  bytes: Buffer,
  externalTaskId?: string,
): Promise<TaskRow> {
  const { videoId } = await aPendingTask(api, user, externalTaskId)
  const key = newClipKey(videoId)
  const digest = await api.store.put(key, Readable.from([bytes]), { type: 'video/mp4' })
  return moved(await api.moves.noteClip(videoId, { key, ...digest, type: 'video/mp4' }))
}

function moved(row: TaskRow | undefined): TaskRow {
  if (!row) throw new Error('the task did not move')
  return row
}
