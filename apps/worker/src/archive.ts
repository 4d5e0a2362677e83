import { credentialOf } from '@reelay/contracts/credential'
import type { ArchiveNotes } from '@reelay/contracts/jobs'
import type { VideoId } from '@reelay/contracts/task'
import type { Moves } from '@reelay/db/moves'
import type { StoredClip, TaskRow } from '@reelay/db/schema'
import type { Tasks } from '@reelay/db/tasks'
import type { MediaStore } from '@reelay/media/store'
import type { Announce } from '@reelay/relay/announce'
import type { Events } from '@reelay/telemetry/events'
import type { Upstreams } from '@reelay/upstream/upstreams'
import type { Logger } from 'pino'
import { afterMiss } from './decide.ts'
import { backoff, done, type Outcome, type Step, snooze } from './outcome.ts'
import { readsOf } from './retrieve-video.ts'
import { retryWrite } from './retry-write.ts'
import { storeClip } from './store-clip.ts'

export type ArchiveDeps = {
  tasks: Pick<Tasks, 'find'>
  moves: Pick<Moves, 'noteClip' | 'noteClipLost'>
  upstreams: Pick<Upstreams, 'clientOf'>
  store: MediaStore
  announce: Announce
  /** Aborted when this process is to end: a clip may take longer than it has. */
  stopping: AbortSignal
  events: Events
  log: Logger
}

const MISSED_MS = 5000
const TROUBLE_MS = 5000
const TROUBLE_MAX_MS = 600_000
/** Longer than any upstream keeps a clip. */
const GIVE_UP_MS = 7 * 86_400_000

/** Keeps: copies the clip of a COMPLETED task from upstream into our own store. */
export function createArchive(deps: ArchiveDeps): Step<ArchiveNotes> {
  return async function archive({ videoId, attempt }, { notes, signal }) {
    const task = await deps.tasks.find(videoId)
    if (!task || task.attempt !== attempt) return done()
    if (!isToArchive(task)) return tellAgain(task, deps)
    const credential = credentialOf(task)
    const interrupted = AbortSignal.any([signal, deps.stopping])
    const result = await storeClip(task, { interrupted, wasMissed: notes.misses !== undefined }, deps)
    deps.events.emit('clipArchived', { credential, outcome: result.kind })
    switch (result.kind) {
      case 'stored':
        return note(videoId, result.clip, deps)
      case 'missing': {
        const { missing } = readsOf(credential, deps.upstreams)
        const missed = afterMiss(notes, Date.now(), missing)
        return missed === 'lost' ? giveUp(task, deps) : snooze(MISSED_MS, { ...notes, ...missed })
      }
      case 'there_again':
        // Noted first: a run that dies half-way says nothing, and the next miss would be one more in a row.
        return snooze(0, { ...notes, misses: undefined, missingSince: undefined })
      case 'interrupted':
        return snooze(0, notes)
      case 'trouble': {
        deps.log.warn({ videoId, credential, reason: result.reason }, 'clip not archived')
        if (Date.now() - (task.completedAt?.getTime() ?? 0) > GIVE_UP_MS) return giveUp(task, deps)
        const failures = (notes.failures ?? 0) + 1
        return snooze(backoff(failures, TROUBLE_MS, TROUBLE_MAX_MS), { ...notes, failures })
      }
    }
  }
}

/** Whoever noted what became of the clip may have died, or not have learnt that it was noted, before it could tell. */
async function tellAgain(task: TaskRow, { announce }: ArchiveDeps): Promise<Outcome<ArchiveNotes>> {
  if (task.archive === 'done' || task.archive === 'lost') await announce(task)
  return done()
}

function isToArchive({ status, archive }: TaskRow): boolean {
  return status === 'COMPLETED' && archive === 'pending'
}

async function note(videoId: VideoId, clip: StoredClip, deps: ArchiveDeps): Promise<Outcome<ArchiveNotes>> {
  const { tasks, moves, store } = deps
  const noted = await retryWrite(() => moves.noteClip(videoId, clip))
  if (noted) {
    await deps.announce(noted)
    return done()
  }
  // It may have been noted, and the answer lost; or another run was faster, or its owner removed it.
  const row = await retryWrite(() => tasks.find(videoId))
  if (row?.clip?.key === clip.key) return tellAgain(row, deps)
  await store.remove(clip.key)
  if (clip.thumbnail) await store.remove(clip.thumbnail.key)
  return done()
}

async function giveUp(
  task: TaskRow,
  { moves, announce, events, log }: ArchiveDeps,
): Promise<Outcome<ArchiveNotes>> {
  const credential = credentialOf(task)
  const moved = await moves.noteClipLost(task.videoId)
  if (!moved) return done()
  log.error({ videoId: task.videoId, credential }, 'clip lost: upstream has it no more')
  events.emit('clipArchived', { credential, outcome: 'lost' })
  await announce(moved)
  return done()
}
