import { credentialOf } from '@reelay/contracts/credential'
import type { QueueName, Work } from '@reelay/contracts/jobs'
import { laneOf } from '@reelay/contracts/lanes'
import { isTerminal } from '@reelay/contracts/lifecycle'
import type { Candidate, Ledger } from '@reelay/db/ledger'
import type { TaskRow } from '@reelay/db/schema'
import { isOpen } from '@reelay/db/submission-outcome'
import { isProcessing } from '@reelay/db/tasks/lanes'
import type { Presence } from '@reelay/queue/presence'
import type { Queues } from '@reelay/queue/queues'
import type { SubmitRequest } from '@reelay/upstream/client'
import type { Upstreams } from '@reelay/upstream/upstreams'
import { candidatesOf } from '../routing.ts'
import { sourceIn } from '../source-in.ts'
import { twinsOf } from '../twin-key.ts'
import type { Facts, Submission, Times, Turn } from './facts.ts'

export type ReadFactsDeps = {
  ledger: Pick<Ledger, 'earlierSubmissions' | 'chooseCredential' | 'hasOpenTwin' | 'turnFacts'>
  queues: Pick<Queues, 'report'>
  presence: Pick<Presence, 'count'>
  upstreams: Pick<Upstreams, 'registry' | 'clientOf'>
  times: Times
}

/** Reads what the row, the ledger, the keys and the queue know of a task, with the functions that the worker asks. */
export async function readFacts(task: TaskRow, deps: ReadFactsDeps): Promise<Facts> {
  const { ledger, upstreams, times } = deps
  const submissions = await ledger.earlierSubmissions(task.videoId)
  const job = jobOf(task, submissions)
  const isUnsent = task.status === 'QUEUED' && job?.queue === 'submit'
  const [jobFacts, { turn, now }] = await Promise.all([
    readJob(job, deps),
    readTurn(task, isUnsent ? askedOf(task, deps) : undefined, deps),
  ])
  return { now, task, submissions, turn, ...jobFacts, clientOf: upstreams.clientOf, times }
}

type Job = { queue: QueueName; work: Work }

/** While Redis is away, how many workers there are is not asked for, too: somebody waits for the explanation. */
async function readJob(
  named: Job | undefined,
  { queues, presence }: ReadFactsDeps,
): Promise<Pick<Facts, 'job' | 'workers'>> {
  const job = named && (await queues.report(named.queue, named.work).catch(() => 'away' as const))
  const isThere = job !== undefined && job !== 'away'
  return { job, workers: isThere ? await presence.count().catch(() => undefined) : undefined }
}

/** The job that moves a task on: that of its lane while it is polled, or one that looks for an open submission. */
function jobOf(
  task: TaskRow,
  submissions: readonly Pick<Submission, 'attempt' | 'outcome'>[],
): Job | undefined {
  if (isProcessing(task)) return { queue: 'poll', work: laneOf(task) }
  const { videoId, attempt, status, archive } = task
  if (status === 'COMPLETED')
    return archive === 'pending' ? { queue: 'archive', work: { videoId, attempt } } : undefined
  const open = submissions.find(isOpen)
  if (open) return { queue: 'reconcile', work: { videoId, attempt: open.attempt } }
  return isTerminal(status) ? undefined : { queue: 'submit', work: { videoId, attempt } }
}

type Asked = { candidates: Candidate[]; request: Pick<SubmitRequest, 'prompt' | 'source'> }

/** Undefined for a row that the worker can't understand either: its errors say so. */
function askedOf(task: TaskRow, { upstreams }: ReadFactsDeps): Asked | undefined {
  try {
    const source = sourceIn(task.metadata)
    return {
      candidates: candidatesOf(task, upstreams),
      request: { prompt: task.prompt, ...(source && { source }) },
    }
  } catch {
    return undefined
  }
}

async function readTurn(
  task: TaskRow,
  asked: Asked | undefined,
  { ledger, upstreams, times }: ReadFactsDeps,
): Promise<{ turn: Turn | undefined; now: Date }> {
  const { candidates, request } = asked ?? { candidates: [] }
  const choice = candidates.length > 0 ? await ledger.chooseCredential(task, candidates, times) : undefined
  const credential = choice?.credential ?? credentialOf(task)
  const { now, ...figures } = await ledger.turnFacts(credential, times)
  if (!request) return { turn: undefined, now }
  if (choice?.turn !== 'free') return { turn: { candidates, choice, figures, hasTwin: false }, now }
  const { twinKey, rival } = twinsOf(request, credential, upstreams.clientOf(credential)?.reads.list?.tells)
  return { turn: { candidates, choice, figures, hasTwin: await ledger.hasOpenTwin(twinKey, rival) }, now }
}
