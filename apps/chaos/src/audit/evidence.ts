import { type SubmissionRow, submissions, type TaskRow, videoTasks } from '@reelay/db/schema'
import type { Listener } from '../load/listeners.ts'
import type { Load } from '../load/load.ts'
import type { Wish } from '../load/wishes.ts'
import type { World } from '../world/world.ts'
import { type Change, readHistory } from './history.ts'

/** What upstream would ask money for, by source and prompt. */
export type BilledJob = { source: string | null; prompt: string; count: number; ids: string[] }

export type Evidence = Awaited<ReturnType<typeof gather>>

/** Everything an audit looks at: our rows, their history, the ledger, upstream's bill, what listeners heard. */
export async function gather(world: World, load: Load) {
  const rows: TaskRow[] = await world.db.select().from(videoTasks)
  const ledger: SubmissionRow[] = await world.db.select().from(submissions)
  const history: Map<string, Change[]> = await readHistory(world.db)
  const bill = await world.admin<{ total: number; jobs: BilledJob[] }>('bill')
  const wishes: Wish[] = load.wishes
  const listeners: Listener[] = load.listeners
  return { rows, ledger, history, bill, wishes, listeners, hasList: world.hasList }
}
