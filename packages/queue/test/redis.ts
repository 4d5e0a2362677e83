import { randomBytes } from 'node:crypto'
import { CredentialId } from '@reelay/contracts/credential'
import type { Lane } from '@reelay/contracts/lanes'
import type { TaskState, VideoId } from '@reelay/contracts/task'
import { type TaskUpdate, taskUpdate } from '@reelay/contracts/task-update'
import { type LocalRedis, startRedis } from '@reelay/local-services/stores/redis'
import { aFolder } from '@reelay/local-services/testing/a-folder'
import type { Redis } from 'ioredis'
import { pino } from 'pino'
import { expect, onTestFinished } from 'vitest'
import { openProducerConnection, openSubscriberConnection, openWorkerConnection } from '../src/connection.ts'
import { createQueues } from '../src/queues.ts'

export const redisUrl = process.env.REDIS_URL ?? ''
export const log = pino({ level: 'silent' })

const open = {
  producer: openProducerConnection,
  subscriber: openSubscriberConnection,
  worker: openWorkerConnection,
}

/** A connection that ends with the test. */
export function aConnection(kind: keyof typeof open, url = redisUrl): Redis {
  const connection = open[kind](url, log)
  // Who has a Redis of its own does it harm; for that of all tests only what hangs takes too long.
  if (url === redisUrl && kind !== 'worker') connection.options.commandTimeout = 60_000
  onTestFinished(() => connection.disconnect())
  return connection
}

/** First part of every key of one test. */
export function aPrefix(): string {
  return `test-${randomBytes(8).toString('hex')}`
}

/** A Redis of the test's own, to be frozen, killed and started again. */
export async function aRedis(port?: number) {
  const dir = aFolder()
  let redis: LocalRedis | undefined
  const start = async () => {
    redis = await startRedis({ dir, ...(port !== undefined && { port }) })
    port = redis.port
    return redis
  }
  onTestFinished(() => redis?.stop())
  return {
    start,
    freeze: () => redis?.freeze(),
    thaw: () => redis?.thaw(),
    kill: () => redis && process.kill(redis.pid, 'SIGKILL'),
  }
}

let made = 0

export function aTask(attempt = 1): { videoId: VideoId; attempt: number } {
  made += 1
  return { videoId: `video_1762500000000_${made.toString(36).padStart(7, '0')}` as VideoId, attempt }
}

/** A lane that no other test has. */
export function aLane(phase = 7): Lane {
  made += 1
  return { credential: CredentialId.parse(`test/${made}`), phase }
}

/** The queues of one test. */
export function someQueues(connection: Redis) {
  const queues = createQueues({ connection, prefix: aPrefix() })
  onTestFinished(() => queues.close())
  return queues
}

/** Queues that have spoken with their Redis. */
export async function readyQueues(url: string) {
  const connection = aConnection('producer', url)
  const queues = someQueues(connection)
  await expect.poll(() => works(() => queues.enqueueSubmit(aTask()))).toBe(true)
  return { queues, connection }
}

export function works(work: () => Promise<unknown>): Promise<boolean> {
  return work().then(
    () => true,
    () => false,
  )
}

/** What is published of a change. */
export function anUpdate(state: Partial<TaskState> = {}): TaskUpdate {
  return taskUpdate({
    ...aTask(),
    externalTaskId: null,
    clientRequestId: null,
    status: 'QUEUED',
    progress: 0,
    model: null,
    size: null,
    seconds: null,
    videoUrl: null,
    errorCode: null,
    errorMessage: null,
    upstreamCode: null,
    version: 1,
    createdAt: '2025-11-07T07:20:00.000Z',
    updatedAt: '2025-11-07T07:20:00.000Z',
    completedAt: null,
    archivedAt: null,
    clip: null,
    archiveError: null,
    ...state,
  })
}
