import type { Task, TaskState } from '@reelay/client/client'
import type { TaskStatus } from '@reelay/contracts/lifecycle'
import type { TaskPage } from '@reelay/contracts/replies'

/** The pages of an endless list that were loaded so far, newest task first. */
export type TaskList = { pages: TaskPage[]; pageParams: unknown[] }

/** A task as the feed last told of it; as it is where that is nothing new. */
export function withState(task: Task, state: TaskState | undefined): Task {
  if (!state || state.version <= task.version) return task
  const { error: _, ...known } = state
  return { ...known, prompt: task.prompt, metadata: task.metadata }
}

/** The list after a move: the task is changed in its place, or leaves a list that shows another status. */
export function listWithState(list: TaskList, state: TaskState, status?: TaskStatus): TaskList {
  const known = findInList(list, state.videoId)
  if (!known || known.version >= state.version) return list
  if (status && state.status !== status) return listWithout(list, state.videoId)
  return mapTasks(list, (tasks) =>
    tasks.map((task) => (task.videoId === state.videoId ? withState(task, state) : task)),
  )
}

/** The list with a task that it did not have, at the place of its age. */
export function listWithTask(list: TaskList, task: Task, status?: TaskStatus): TaskList {
  if (findInList(list, task.videoId)) return listWithState(list, task, status)
  if (!belongsInList(list, task, status)) return list
  const at = list.pages.findIndex(({ tasks }) => tasks.some((each) => each.createdAt < task.createdAt))
  const place = at === -1 ? list.pages.length - 1 : at
  const pages = list.pages.map((page, i) =>
    i === place ? { ...page, tasks: inserted(page.tasks, task) } : page,
  )
  return { ...list, pages }
}

/** Whether a list should show a task: of its status, and not so old that it comes with a later page. */
export function belongsInList(
  { pages }: TaskList,
  { status: its, createdAt }: Pick<Task, 'status' | 'createdAt'>,
  status?: TaskStatus,
): boolean {
  if (status && its !== status) return false
  const last = pages.at(-1)
  const oldest = pages.flatMap(({ tasks }) => tasks).at(-1)
  return !last?.nextCursor || !oldest || createdAt >= oldest.createdAt
}

export function listWithout(list: TaskList, videoId: string): TaskList {
  if (!findInList(list, videoId)) return list
  return mapTasks(list, (tasks) => tasks.filter((task) => task.videoId !== videoId))
}

export function findInList({ pages }: TaskList, videoId: string): Task | undefined {
  return pages.flatMap(({ tasks }) => tasks).find((task) => task.videoId === videoId)
}

function mapTasks(list: TaskList, change: (tasks: Task[]) => Task[]): TaskList {
  return { ...list, pages: list.pages.map((page) => ({ ...page, tasks: change(page.tasks) })) }
}

function inserted(tasks: Task[], task: Task): Task[] {
  const at = tasks.findIndex(({ createdAt }) => createdAt < task.createdAt)
  return tasks.toSpliced(at === -1 ? tasks.length : at, 0, task)
}
