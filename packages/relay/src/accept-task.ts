import { setTimeout as sleep } from 'node:timers/promises'
import { isStorageFull, isUnavailable } from '@reelay/db/errors'
import type { Moves } from '@reelay/db/moves'
import type { NewTaskRow } from '@reelay/db/moves/insert-together'
import type { Inserted, InsertedTask } from '@reelay/db/moves/inserts'
import type { Tasks } from '@reelay/db/tasks'
import { pictureKey } from '@reelay/media/object-keys'
import { type MediaStore, StoreError } from '@reelay/media/store'
import { type Acceptance, type AcceptanceOptions, awaitAcceptance } from './acceptance.ts'
import { type EnqueueSubmitDeps, enqueueSubmit } from './enqueue.ts'
import { RelayError } from './errors.ts'
import { newVideoId } from './new-video-id.ts'
import { requestHash } from './request-hash.ts'
import { type UnfinishedLimitDeps, whyNotOneMore } from './unfinished-limit.ts'

export type Wanted = Pick<NewTaskRow, 'prompt' | 'model' | 'size' | 'seconds' | 'metadata' | 'pinnedTo'>

export type TaskRequest = {
  user: string
  key: string | null
  /** Whether the client sent this before, as it says itself; undefined when it says nothing. */
  resend: boolean | undefined
  wanted: Wanted
  /** The bytes of the picture that `wanted` names. */
  picture?: NewPicture | undefined
  wait: boolean
}

export type NewPicture = { type: string; stream: () => AsyncIterable<Uint8Array> }

export type AcceptTaskDeps = UnfinishedLimitDeps &
  EnqueueSubmitDeps & {
    tasks: Pick<Tasks, 'findRequest' | 'find'>
    moves: Pick<Moves, 'insert' | 'insertOnce'>
    acceptance: AcceptanceOptions
    store: Pick<MediaStore, 'put' | 'remove'>
    requestId?: string | undefined
  }

const RETRY_INSERT_FOR_MS = 1500

/**
 * Records a task, rings for a worker, waits a short while for upstream's word and returns what the row says; or
 * the task that the same request made before. From the insert on the row is the promise: what fails after it is
 * mended by the sweep.
 */
export async function acceptTask(
  { user, key, resend, wanted, picture, wait }: TaskRequest,
  deps: AcceptTaskDeps,
): Promise<{ task: InsertedTask; created: boolean }> {
  const videoId = newVideoId()
  const hash = requestHash(asAsked(wanted))
  const newTask = { ...wanted, videoId, userId: user, requestHash: hash, clientRequestId: key }
  const acceptance = wait ? awaitAcceptance(deps.acceptance, user, videoId) : undefined
  try {
    const inserted =
      (await earlierUnlessRoom(newTask, resend, deps)) ??
      (await insertWithPicture(newTask, picture, resend, deps))
    const { task, created } = inserted
    if (!created && task.requestHash !== hash) throw new RelayError('idempotency_key_reused')
    return { task: created ? await followAcceptance(inserted, acceptance, deps) : task, created }
  } finally {
    acceptance?.cancel()
  }
}

/** The picture first: a row promises that it can be sent. What no row names goes with a sweep of the store. */
async function insertWithPicture(
  task: NewTaskRow,
  picture: NewPicture | undefined,
  resend: boolean | undefined,
  deps: AcceptTaskDeps,
): Promise<Inserted> {
  const key = pictureKey(task.videoId)
  if (picture) await storePicture(key, picture, deps)
  const inserted = await retryInsert(() => insert(task, resend, deps))
  if (picture && !inserted.created) await deps.store.remove(key).catch(() => {})
  return inserted
}

async function storePicture(key: string, { type, stream }: NewPicture, { store, log }: AcceptTaskDeps) {
  try {
    await store.put(key, stream(), { type })
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    log.warn({ reason: error.message }, 'media store unavailable')
    throw new RelayError('store_unavailable')
  }
}

/** What a remix is pinned to follows from its source, and is none of the client's words. */
function asAsked({ pinnedTo, ...asked }: Wanted): object {
  const isChosen = pinnedTo != null && asked.metadata?.remix_from === undefined
  return isChosen ? { ...asked, upstream: pinnedTo } : asked
}

/** Looked for first only where a limit may turn the request away. */
async function earlierUnlessRoom(
  task: NewTaskRow,
  resend: boolean | undefined,
  deps: AcceptTaskDeps,
): Promise<Inserted | undefined> {
  const refusal = await whyNotOneMore(task.userId, deps)
  if (!refusal) return undefined
  const earlier = await deps.tasks.findRequest(task, resend === true)
  if (!earlier) throw refusal
  return { task: earlier, created: false }
}

function insert(task: NewTaskRow, resend: boolean | undefined, { moves }: AcceptTaskDeps): Promise<Inserted> {
  return task.clientRequestId === null && resend !== undefined
    ? moves.insertOnce(task, resend)
    : moves.insert(task)
}

/**
 * An insert whose answer was lost may be there: it is asked for again before the client is told to try
 * again, since a second request without a key would be a second payment.
 */
async function retryInsert(insert: () => Promise<Inserted>): Promise<Inserted> {
  const startedAt = performance.now()
  for (;;) {
    try {
      return await insert()
    } catch (error) {
      const mayBeThere = isUnavailable(error) && !isStorageFull(error)
      if (!mayBeThere || performance.now() - startedAt > RETRY_INSERT_FOR_MS) throw error
      await sleep(100)
    }
  }
}

async function followAcceptance(
  { task, position }: Inserted,
  acceptance: Acceptance | undefined,
  deps: AcceptTaskDeps,
): Promise<InsertedTask> {
  const { videoId, attempt } = task
  await acceptance?.ready
  const enqueued = enqueueSubmit({ videoId, attempt, position, requestId: deps.requestId }, deps)
  if (!acceptance) {
    await enqueued
    return task
  }
  // A Redis that is frozen holds up nobody who closes; the sweep does what was not done.
  if (!(await Promise.race([enqueued, acceptance.closed]))) return task
  await acceptance.settled
  // The row is there: a Postgres that went away meanwhile makes this an early answer and not a failure.
  return (await deps.tasks.find(videoId).catch(() => task)) ?? task
}
