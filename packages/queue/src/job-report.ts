import { type AnyPayload, idOf, jobPayloads, type QueueName, type Work } from '@reelay/contracts/jobs'
import type { Queue } from 'bullmq'
import type { Redis } from 'ioredis'
import { inTime } from './in-time.ts'
import type { OpenQueues } from './open-queues.ts'
import { PAUSED } from './pause.ts'
import { resultsOf } from './pipeline.ts'

/**
 * How it stands with a job, and with its queue. While it waits, `behind` others of the queue are taken
 * before it; while it is delayed, it may be taken at `dueAt`. `notes` are what its last run handed on. Nobody takes
 * jobs of this queue until `pausedUntil`, which ends by itself, or while an operator has stopped it on the board.
 */
export type JobReport = {
  state: 'active' | 'waiting' | 'delayed' | 'missing'
  behind: number | undefined
  dueAt: Date | undefined
  notes: Record<string, number>
  pausedUntil: Date | undefined
  isStopped: boolean
}

/** Somebody waits for the answer, which without Redis is that there is none: this part of what a command may take. */
const SHARE = 1 / 3
const COMMAND_MS = 2000
/** BullMQ keeps the time in ms above twelve bits that tell jobs of one ms apart. */
const PER_MS = 4096

type Answers = {
  data: string | null
  due: string | null
  rank: number | null
  place: number | null
  running: number | null
  waiting: number
  limit: string | null
  leftMs: number
  stopped: string | null
}

/**
 * Reads what Redis knows of a job in one transaction: a job that moves meanwhile would be nowhere. Rejects
 * soon when Redis is away.
 */
export function createJobReports(connection: Redis, queues: OpenQueues) {
  return async (name: QueueName, work: Work): Promise<JobReport> =>
    reportOf(
      await inTime(connection, readAll(connection, queues[name], idOf(work)), limitMs(connection)),
      name,
    )
}

function limitMs({ options }: Redis): number {
  return SHARE * (options.commandTimeout ?? COMMAND_MS)
}

async function readAll(connection: Redis, queue: Queue<AnyPayload>, id: string): Promise<Answers> {
  await queue.waitUntilReady()
  const key = (type: string) => queue.toKey(type)
  const [data, due, rank, place, running, waiting, limit, leftMs, stopped] = await resultsOf(
    connection
      .multi()
      .hget(key(id), 'data')
      .zscore(key('delayed'), id)
      .zrank(key('prioritized'), id)
      .lpos(key('wait'), id)
      .lpos(key('active'), id)
      .llen(key('wait'))
      .get(key('limiter'))
      .pttl(key('limiter'))
      .hget(key('meta'), 'paused'),
  )
  return { data, due, rank, place, running, waiting, limit, leftMs, stopped } as Answers
}

function reportOf(answers: Answers, name: QueueName): JobReport {
  const { data, due, limit, leftMs, stopped } = answers
  const behind = behindOf(answers)
  const isPaused = leftMs > 0 && Number(limit) >= PAUSED
  return {
    state: stateOf(answers, behind),
    behind,
    dueAt: due === null ? undefined : new Date(Math.floor(Number(due) / PER_MS)),
    notes: notesIn(data, name),
    pausedUntil: isPaused ? new Date(Date.now() + leftMs) : undefined,
    isStopped: stopped !== null,
  }
}

/** Those that wait without a place are taken first, from the end of their list. */
function behindOf({ rank, place, waiting }: Answers): number | undefined {
  if (place !== null) return waiting - 1 - place
  return rank === null ? undefined : waiting + rank
}

function stateOf({ due, running }: Answers, behind: number | undefined): JobReport['state'] {
  if (running !== null) return 'active'
  if (due !== null) return 'delayed'
  return behind === undefined ? 'missing' : 'waiting'
}

function notesIn(data: string | null, name: QueueName): Record<string, number> {
  try {
    return jobPayloads[name].safeParse(JSON.parse(data ?? '')).data?.notes ?? {}
  } catch {
    return {}
  }
}
