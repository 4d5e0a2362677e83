import type { ExternalTaskId } from '@reelay/contracts/task'
import { type SubmissionRow, submissions, type TaskRow, videoTasks } from '@reelay/db/schema'
import { dialects } from '../../../simulator/src/dialects/all.ts'
import type { Listener } from '../load/listeners.ts'
import type { Load } from '../load/load.ts'
import type { Wish } from '../load/wishes.ts'
import type { KeyPlan, Upstream } from '../world/upstreams.ts'
import type { World } from '../world/world.ts'
import { type Change, readHistory } from './history.ts'

/** What an upstream would ask money for, by source and prompt. The `key` that made a video pays for it. */
export type BilledJob = {
  source: string | null
  prompt: string
  count: number
  ids: string[]
  made: { id: string; key: string | null }[]
}

/** Requests that should never have come. */
export type Mistakes = Record<'unknownKey' | 'revokedKey' | 'otherKey' | 'unknownSource', number>

/** `limited` counts the submissions that were more than a key may send, or have running. */
export type BilledKey = { name: string; mostRunning: number; limited: number; made: number }

type Bill = { jobs: BilledJob[]; mistakes: Mistakes; keys: BilledKey[] }

export type UpstreamBill = Bill & { upstream: string; plans: KeyPlan[]; canFind: boolean }

export type Evidence = Awaited<ReturnType<typeof gather>>

/** Everything an audit looks at: our rows, their history, the ledger, the upstreams' bills, what listeners heard. */
export async function gather(world: World, load: Load) {
  const asBilled = createAsBilled(world.upstreams)
  const tasks: TaskRow[] = await world.db.select().from(videoTasks)
  const rows = tasks.map((task) => ({ ...task, externalTaskId: asBilled(task.externalTaskId) }))
  const sent: SubmissionRow[] = await world.db.select().from(submissions)
  const ledger = sent.map((submission) => ({ ...submission, externalId: asBilled(submission.externalId) }))
  const history: Map<string, Change[]> = await readHistory(world.db)
  const bills = await Promise.all(world.upstreams.map(billOf))
  const jobs = bills.flatMap((bill) => bill.jobs)
  const wishes: Wish[] = load.wishes
  const listeners: Listener[] = load.listeners
  return { rows, ledger, history, bills, jobs, wishes, listeners }
}

/** A bill writes each id in one way, however many ways its dialect has. */
function createAsBilled(upstreams: Upstream[]) {
  const inOneWay = upstreams.flatMap(({ dialect }) => dialects[dialect].canonicalId ?? [])
  return (id: ExternalTaskId | null): ExternalTaskId | null =>
    id && (inOneWay.reduce<string>((name, write) => write(name), id) as ExternalTaskId)
}

export async function billOf({ name, admin, keys, canFind }: Upstream): Promise<UpstreamBill> {
  return { ...(await admin<Bill>('bill')), upstream: name, plans: keys, canFind }
}
