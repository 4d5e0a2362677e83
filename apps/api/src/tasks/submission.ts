import { setTimeout as sleep } from 'node:timers/promises'
import type { TaskStatus } from '@reelay/contracts/lifecycle'
import type { Submitted } from '@reelay/contracts/replies'
import { isStorageFull, isUnavailable } from '@reelay/db/errors'
import type { Moves } from '@reelay/db/moves'
import type { NewTaskRow } from '@reelay/db/moves/insert-together'
import type { InsertedTask as Row } from '@reelay/db/moves/inserts'
import { remixedFrom } from '@reelay/db/task-view'
import type { Tasks } from '@reelay/db/tasks'
import type { Queues } from '@reelay/queue/queues'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ApiError, type ApiErrorCode, invalid } from '../http/errors.ts'
import { preferredLanguage } from '../http/language.ts'
import type { Links } from '../http/links.ts'
import { type AcceptanceOptions, awaitAcceptance } from './acceptance.ts'
import { enqueueInTurn } from './enqueue.ts'
import { newVideoId } from './new-video-id.ts'
import { requestHash } from './request-hash.ts'
import { checkUnfinished } from './unfinished-limit.ts'

export type SubmissionDeps = {
  tasks: Tasks
  moves: Pick<Moves, 'insert' | 'insertOnce'>
  queues: Queues
  links: Links
  acceptance: AcceptanceOptions
  maxUnfinished: number | undefined
}

const INSERT_AGAIN_FOR_MS = 1500

/** What a request that is sent again is told of a task that has ended meanwhile. */
const ofEnded: Partial<Record<TaskStatus, Record<'en' | 'zh', string>>> = {
  COMPLETED: { en: 'Task completed', zh: '任务已完成' },
  FAILED: { en: 'Task failed', zh: '任务已失败' },
  CANCELLED: { en: 'Task cancelled', zh: '任务已取消' },
}

/** What a create or a remix wants made. */
export type Wanted = Pick<NewTaskRow, 'prompt' | 'model' | 'size' | 'seconds' | 'metadata'> & {
  clientRequestId?: string | null | undefined
}

/**
 * Records a task, rings for a worker, waits a short while for upstream's word and answers with what the
 * row says. From the insert on the row is the promise: what fails after it is mended by the sweep.
 */
export async function submitTask(
  request: FastifyRequest,
  reply: FastifyReply,
  { clientRequestId, ...wanted }: Wanted,
  message: Record<'en' | 'zh', string>,
  deps: SubmissionDeps,
) {
  const startedAt = performance.now()
  const userId = request.user.sub
  const videoId = newVideoId()
  const hash = requestHash(wanted)
  const sends = earlierSends(request)
  const waiting = prefersNoWait(request) ? undefined : awaitAcceptance(deps.acceptance, userId, videoId)

  let row: Row
  try {
    const key = idempotencyKey(request, clientRequestId)
    const newTask = { ...wanted, videoId, userId, requestHash: hash, clientRequestId: key }
    const { task, created, position } =
      (await earlierUnlessRoom(newTask)) ?? (await surely(() => insert(newTask)))
    if (!created && task.requestHash !== hash) throw new ApiError('idempotency_key_reused')
    row = created ? await followAcceptance(task, position) : task
  } finally {
    waiting?.cancel()
  }
  return answer(row)

  /** Looked for first only where a limit may turn the request away. */
  async function earlierUnlessRoom(task: NewTaskRow) {
    if (deps.maxUnfinished === undefined) return undefined
    try {
      await checkUnfinished(deps.tasks, userId, deps.maxUnfinished)
      return undefined
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      const earlier = await deps.tasks.findRequest(task, sends !== undefined && sends > 0)
      if (!earlier) throw error
      return { task: earlier, created: false, position: undefined }
    }
  }

  function insert(task: NewTaskRow) {
    return task.clientRequestId === null && sends !== undefined
      ? deps.moves.insertOnce(task, sends > 0)
      : deps.moves.insert(task)
  }

  async function followAcceptance(task: Row, position: number | undefined): Promise<Row> {
    await waiting?.ready
    const enqueued = enqueueInTurn({ ...task, position }, deps, request)
    if (!waiting) {
      await enqueued
      return task
    }
    // A Redis that is frozen holds up no api that closes; the sweep does what was not done.
    if (!(await Promise.race([enqueued, waiting.closed]))) return task
    await waiting.settled
    // The row is there: a Postgres that went away meanwhile makes this an early answer and not a failure.
    return (await deps.tasks.find(videoId).catch(() => task)) ?? task
  }

  function answer(task: Row) {
    if (task.status === 'FAILED' && task.externalTaskId === null) throw refusal(task)
    const links = deps.links.task(task.videoId)
    const queued = task.status === 'QUEUED'
    if (queued) reply.header('location', links.self)
    reply.code(queued ? 202 : 200)
    return {
      success: true as const,
      data: {
        videoId: task.videoId,
        externalTaskId: task.externalTaskId,
        status: task.status.toLowerCase() as Submitted['status'],
        message: (ofEnded[task.status] ?? message)[preferredLanguage(request.headers['accept-language'])],
        ...remixedFrom(task),
        links,
      },
      requestTime: Math.round(performance.now() - startedAt),
    }
  }
}

/**
 * An insert whose answer was lost may be there: it is asked for again before the client is told to try
 * again, since a second request without a key would be a second payment.
 */
async function surely<T>(insert: () => Promise<T>): Promise<T> {
  const startedAt = performance.now()
  for (;;) {
    try {
      return await insert()
    } catch (error) {
      const mayBeThere = isUnavailable(error) && !isStorageFull(error)
      if (!mayBeThere || performance.now() - startedAt > INSERT_AGAIN_FOR_MS) throw error
      await sleep(100)
    }
  }
}

/** `Prefer` is a list, of which other entries may have values in quotes. */
function prefersNoWait({ headers }: FastifyRequest): boolean {
  const entries = String(headers.prefer ?? '').match(/(?:"(?:\\.|[^"\\])*"|[^,"])+/g) ?? []
  return entries.some((entry) => /^\s*respond-async\s*(?:[;=]|$)/i.test(entry))
}

/** How often an official SDK has sent this request before, as it says itself; undefined for other clients. */
function earlierSends({ headers }: FastifyRequest): number | undefined {
  const count = headers['x-stainless-retry-count']
  return typeof count === 'string' && /^\d{1,3}$/.test(count) ? Number(count) : undefined
}

/** `Idempotency-Key` and `clientRequestId` are the same thing; both given and different is a mistake. */
function idempotencyKey(request: FastifyRequest, clientRequestId: Wanted['clientRequestId']): string | null {
  const header = request.headers['idempotency-key']
  if (header === undefined) return clientRequestId ?? null
  if (typeof header !== 'string' || !/^[\x20-\x7e]{1,255}$/.test(header)) {
    throw invalid('Idempotency-Key', {
      en: 'must be 1 to 255 printable ASCII characters',
      zh: '必须为 1 到 255 个可打印的 ASCII 字符',
    })
  }
  if (clientRequestId != null && clientRequestId !== header) {
    throw invalid('clientRequestId', {
      en: 'must be the same as the Idempotency-Key header when both are given',
      zh: '与 Idempotency-Key 请求头同时给出时，两者必须相同',
    })
  }
  return header
}

/** Nothing was made upstream: the answer says so, and why. */
function refusal({ videoId, errorCode, upstreamCode, errorMessage }: Row): ApiError {
  const code: ApiErrorCode =
    errorCode === 'moderation_blocked' || errorCode === 'submission_unknown' || errorCode === 'timeout'
      ? errorCode
      : 'upstream_refused'
  return new ApiError(code, { videoId, upstreamCode, upstreamMessage: errorMessage })
}
