import type { Task, TaskState } from '@reelay/contracts/task'
import { type TaskUpdate, taskUpdate } from '@reelay/contracts/task-update'
import type { TaskRow } from '@reelay/db/schema'
import { toTaskState } from '@reelay/db/task-state'
import type { Links } from './links.ts'

export type Presenter = ReturnType<typeof createPresenter>

/** Rows as their owner sees them. Links are signed here, at the last moment: nothing stored carries one. */
export function createPresenter(links: Links) {
  const stamped = <T extends TaskState>(state: T): T =>
    state.status === 'COMPLETED' ? { ...state, videoUrl: links.content(state.videoId).url } : state

  return {
    task(row: TaskRow): Task {
      return { ...stamped(toTaskState(row)), prompt: row.prompt, metadata: row.metadata as Task['metadata'] }
    },
    update: (row: TaskRow): TaskUpdate => taskUpdate(stamped(toTaskState(row))),
    /** An update that came through Redis, with its link. */
    stamp: (update: TaskUpdate): TaskUpdate => ({ ...update, payload: stamped(update.payload) }),
  }
}
