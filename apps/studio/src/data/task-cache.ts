import type { ReelayClient, Task, TaskState } from '@reelay/client/client'
import type { TaskStatus } from '@reelay/contracts/lifecycle'
import type { QueryClient } from '@tanstack/preact-query'
import { createNewestStates } from './newest-states.ts'
import { taskKeys } from './query-keys.ts'
import {
  belongsInList,
  findInList,
  listWithout,
  listWithState,
  listWithTask,
  type TaskList,
  withState,
} from './task-lists.ts'

/** So many new tasks at once are read as a list, and not one by one. */
const MANY = 8

export type TaskCache = ReturnType<typeof createTaskCache>

/** Keeps what the pages show of tasks as the feed, and the answers to changes, tell it. */
export function createTaskCache(queries: QueryClient) {
  const states = createNewestStates()
  const listeners = new Set<(state: TaskState) => void>()
  const readUnknown = createReadUnknown(queries, put)

  return {
    /** A task from an answer, with what the feed knows better. */
    current: (task: Task): Task => withState(task, states.of(task.videoId)),

    /** Tells of every change of any task. Returns what ends that. */
    onChange(listener: (state: TaskState) => void): () => void {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },

    /** A change that the feed told of. Tasks that no page knows are read from the api. */
    applyState(state: TaskState, client: Pick<ReelayClient, 'task'>): void {
      states.note(state)
      let known: Task | undefined
      queries.setQueryData<Task>(taskKeys.one(state.videoId), (task) => {
        known = task
        return task && withState(task, state)
      })
      changeLists((list, status) => {
        known ??= findInList(list, state.videoId)
        return listWithState(list, state, status)
      })
      tell(state)
      if (known) put(withState(known, state))
      else if (isMissed(state)) readUnknown(state.videoId, client)
    },

    /** A whole task, as the answer to a change has it. */
    put,

    /** One that was deleted: a page that shows it learns that it is not there, and its relatives do, too. */
    forget(videoId: string): void {
      changeLists((list) => listWithout(list, videoId))
      void queries.resetQueries({ queryKey: taskKeys.one(videoId) })
      void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[2] === 'lineage' })
    },
  }

  function put(answer: Task): void {
    states.note(answer)
    const task = withState(answer, states.of(answer.videoId))
    queries.setQueryData<Task>(taskKeys.one(task.videoId), task)
    changeLists((list, status) => listWithTask(list, task, status))
  }

  function changeLists(change: (list: TaskList, status: TaskStatus | undefined) => TaskList): void {
    for (const [queryKey, list] of queries.getQueriesData<TaskList>({ queryKey: taskKeys.lists })) {
      if (list) queries.setQueryData<TaskList>(queryKey, change(list, taskKeys.statusOf(queryKey)))
    }
  }

  function isMissed(state: TaskState): boolean {
    return queries
      .getQueriesData<TaskList>({ queryKey: taskKeys.lists })
      .some(([key, list]) => list && belongsInList(list, state, taskKeys.statusOf(key)))
  }

  function tell(state: TaskState): void {
    for (const listener of listeners) listener(state)
  }
}

/** Reads tasks that no page knows, one by one; so many that came together, as the lists that have them. */
function createReadUnknown(queries: QueryClient, put: (answer: Task) => void) {
  const unknown = new Set<string>()
  let isReading = false

  return (videoId: string, client: Pick<ReelayClient, 'task'>): void => {
    unknown.add(videoId)
    if (!isReading) void readAll(client)
  }

  async function readAll(client: Pick<ReelayClient, 'task'>): Promise<void> {
    isReading = true
    // Events that came together are seen together.
    await Promise.resolve()
    for (const videoId of unknown) {
      if (unknown.size > MANY) {
        unknown.clear()
        await queries.invalidateQueries({ queryKey: taskKeys.lists })
        break
      }
      unknown.delete(videoId)
      // One that can't be read comes with the next look at the list.
      await client.task(videoId).then(put, () => {})
    }
    isReading = false
  }
}
