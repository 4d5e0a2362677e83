import type { Moves } from '@reelay/db/moves'
import type { NewTaskRow } from '@reelay/db/moves/insert-together'
import type { Inserted, InsertedTask } from '@reelay/db/moves/inserts'
import type { Tasks } from '@reelay/db/tasks'
import { pictureKey } from '@reelay/media/object-keys'
import type { MediaStore } from '@reelay/media/store'
import { type Acceptance, type AcceptanceOptions, awaitAcceptance } from './acceptance.ts'
import { type EnqueueSubmitDeps, enqueueSubmit } from './enqueue.ts'
import { newVideoId } from './new-video-id.ts'
import { type NewFile, putInStore } from './put-in-store.ts'
import { requestHash } from './request-hash.ts'
import { retryInsert } from './retry-insert.ts'
import { sameRequest } from './same-request.ts'
import { type UnfinishedLimitDeps, whyNotOneMore } from './unfinished-limit.ts'

export type Wanted = Pick<NewTaskRow, 'prompt' | 'model' | 'size' | 'seconds' | 'metadata' | 'pinnedTo'>

/**
 * `resend` is whether the client sent this before, as it says itself; undefined when it says nothing. `identity` is
 * what makes another request the same, where `wanted` doesn't tell. `picture` has the bytes of the picture that
 * `wanted` names.
 */
export type TaskRequest = {
  user: string
  key: string | null
  resend: boolean | undefined
  wanted: Wanted
  identity?: object | undefined
  picture?: NewFile | undefined
  wait: boolean
}

export type AcceptTaskDeps = UnfinishedLimitDeps &
  EnqueueSubmitDeps & {
    tasks: Pick<Tasks, 'findRequest' | 'find'>
    moves: Pick<Moves, 'insert' | 'insertOnce'>
    acceptance: AcceptanceOptions
    store: Pick<MediaStore, 'put' | 'remove'>
    requestId?: string | undefined
  }

/**
 * Records a task, rings for a worker, waits a short while for upstream's word and returns what the row says; or
 * the task that the same request made before. From the insert on the row is the promise: what fails after it is
 * mended by the sweep.
 */
export async function acceptTask(
  { user, key, resend, wanted, identity, picture, wait }: TaskRequest,
  deps: AcceptTaskDeps,
): Promise<{ task: InsertedTask; created: boolean }> {
  const videoId = newVideoId()
  const hash = requestHash(identity ?? asAsked(wanted))
  const newTask = { ...wanted, videoId, userId: user, requestHash: hash, clientRequestId: key }
  const acceptance = wait ? awaitAcceptance(deps.acceptance, user, videoId) : undefined
  try {
    const inserted =
      (await earlierUnlessRoom(newTask, resend, deps)) ??
      (await insertWithPicture(newTask, picture, resend, deps))
    const { task, created } = inserted
    if (!created) return { task: sameRequest(task, hash), created }
    return { task: await followAcceptance(inserted, acceptance, deps), created }
  } finally {
    acceptance?.cancel()
  }
}

/** The picture first: a row promises that it can be sent. What no row names goes with a sweep of the store. */
async function insertWithPicture(
  task: NewTaskRow,
  picture: NewFile | undefined,
  resend: boolean | undefined,
  deps: AcceptTaskDeps,
): Promise<Inserted> {
  const key = pictureKey(task.videoId)
  if (picture) await putInStore(key, picture, deps)
  const inserted = await retryInsert(() => insert(task, resend, deps))
  if (picture && !inserted.created) await deps.store.remove(key).catch(() => {})
  return inserted
}

/** A credential follows from the source of a remix, and is none of the client's words; an upstream is. */
function asAsked({ pinnedTo, ...asked }: Wanted): object {
  const isChosen = pinnedTo != null && !pinnedTo.includes('/')
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
