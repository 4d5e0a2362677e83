import type { Task, TaskState } from '@reelay/contracts/task'
import { type FeedUpdate, type TaskUpdate, taskUpdate } from '@reelay/contracts/task-update'
import type { Ledger } from '@reelay/db/ledger'
import type { TaskRow } from '@reelay/db/schema'
import { toTaskView } from '@reelay/db/task-view'
import type { Upstreams } from '@reelay/upstream/upstreams'
import type { Links } from '../http/links.ts'

export type Presenter = ReturnType<typeof createPresenter>
/** A page that is told of a video again shortly after, as when its clip is stored, is not to load it anew. */
const SAME_LINK_MS = 120_000

type Holds = Awaited<ReturnType<Ledger['holdsOf']>>

/** Rows as their owner sees them. Links are signed here, at the last moment: nothing stored carries one. */
export function createPresenter(
  links: Links,
  ledger: Pick<Ledger, 'holdsOf'>,
  { registry }: Pick<Upstreams, 'registry'>,
) {
  const active = registry.credentials.filter(({ state }) => state === 'active').map(({ id }) => id)
  const holdsOf = (rows: TaskRow[]) => ledger.holdsOf(rows, active)

  const stamped = <T extends TaskState>(state: T): T =>
    state.status === 'COMPLETED'
      ? { ...state, videoUrl: links.content(state.videoId, steadyNow()).url }
      : state

  function show(row: TaskRow, holds: Holds): Task {
    const hold = holds.get(row.videoId)
    return {
      ...stamped(toTaskView(row)),
      prompt: row.prompt,
      metadata: row.metadata as Task['metadata'],
      ...(hold && { held: { ...hold, until: hold.until.toISOString() } }),
    }
  }

  async function showing(rows: TaskRow[]): Promise<(row: TaskRow) => Task> {
    const holds = await holdsOf(rows)
    return (row) => show(row, holds)
  }

  return {
    showing,
    task: async (row: TaskRow): Promise<Task> => show(row, await holdsOf([row])),
    /** One that was just moved: a Postgres that went away after that makes no failure of it. */
    moved: async (row: TaskRow): Promise<Task> =>
      show(row, await holdsOf([row]).catch((): Holds => new Map())),
    tasks: async (rows: TaskRow[]): Promise<Task[]> => rows.map(await showing(rows)),
    update: (row: TaskRow): TaskUpdate => taskUpdate(stamped(toTaskView(row))),
    stamp: (update: FeedUpdate): FeedUpdate =>
      update.type === 'taskUpdate' ? { ...update, payload: stamped(update.payload) } : update,
  }
}

function steadyNow(): number {
  return Math.floor(Date.now() / SAME_LINK_MS) * SAME_LINK_MS
}
