import type { VideoId } from '@reelay/contracts/task'
import type { Moves } from '@reelay/db/moves'
import type { Tasks } from '@reelay/db/tasks'
import { ownerOf } from '@reelay/media/object-keys'
import { removeClips } from '@reelay/media/remove-clips'
import type { Listed, MediaStore } from '@reelay/media/store'
import type { Announce } from '@reelay/relay/announce'
import type { Events } from '@reelay/telemetry/events'
import { type Repeated, repeatOnOne } from './repeat-on-one.ts'

export type MediaSweepDeps = {
  tasks: Pick<Tasks, 'storedFilesOf'>
  moves: Pick<Moves, 'removeExpiredClips'>
  store: MediaStore
  announce: Announce
  stopping: AbortSignal
  events: Events
}

/**
 * Clips that are older than `retentionMs` are removed; undefined keeps them. What no row names is removed when it is
 * older than `orphanMs`: the row of a young one may just be written.
 */
export type MediaSweepPolicy = {
  retentionMs: number | undefined
  orphanMs: number
}

const EXPIRED_AT_ONCE = 100
const LISTED_AT_ONCE = 1000

export function startSweepingMedia(policy: MediaSweepPolicy, deps: MediaSweepDeps & Repeated) {
  return repeatOnOne('media sweep', deps, async () => {
    if (!(await deps.lease.take())) return false
    deps.events.emit('mediaSwept', await sweepMedia(policy, deps))
    return true
  })
}

/** Removes from the store what has been kept for long enough and what no row names, and returns how much there was. */
export async function sweepMedia({ retentionMs, orphanMs }: MediaSweepPolicy, deps: MediaSweepDeps) {
  const before = new Date(Date.now() - orphanMs)
  const expired = retentionMs === undefined ? 0 : await removeExpired(retentionMs, deps)
  const unfinished = await deps.store.removeUnfinished(before)
  const clips = await removeOrphans('clips/', before, deps)
  const pictures = await removeOrphans('pictures/', before, deps)
  return { expired, unfinished, orphans: clips + pictures }
}

async function removeExpired(keptForMs: number, deps: MediaSweepDeps): Promise<number> {
  const { moves, store, announce, stopping } = deps
  let count = 0
  for (;;) {
    if (stopping.aborted) return count
    const rows = await moves.removeExpiredClips(keptForMs, EXPIRED_AT_ONCE)
    if (rows.length === 0) return count
    for (const row of rows) {
      await announce(row)
      await removeClips(row.videoId, store)
    }
    count += rows.length
  }
}

async function removeOrphans(prefix: string, before: Date, deps: MediaSweepDeps): Promise<number> {
  let count = 0
  let old: Listed[] = []
  const removeUnnamed = async () => {
    const orphans = await unnamedOf(old, deps)
    for (const key of orphans) await deps.store.remove(key)
    count += orphans.length
    old = []
  }
  for await (const object of deps.store.list(prefix)) {
    if (deps.stopping.aborted) break
    if (object.modifiedAt < before) old.push(object)
    if (old.length === LISTED_AT_ONCE) await removeUnnamed()
  }
  await removeUnnamed()
  return count
}

/** Those that belong to a task, of which there is no row or whose row names another. What is none of ours stays. */
async function unnamedOf(objects: Listed[], { tasks }: MediaSweepDeps): Promise<string[]> {
  const ours = objects.flatMap(({ key }) => {
    const videoId = ownerOf(key)
    return videoId ? [{ key, videoId }] : []
  })
  if (ours.length === 0) return []
  const rows = await tasks.storedFilesOf([...new Set(ours.map(({ videoId }) => videoId))])
  const clips = new Map(rows.map(({ videoId, clip }) => [videoId, clip]))
  const isNamed = (key: string, videoId: VideoId) => {
    const clip = clips.get(videoId)
    if (key.startsWith('pictures/')) return clip !== undefined
    return clip != null && [clip.key, clip.thumbnail?.key].includes(key)
  }
  return ours.filter(({ key, videoId }) => !isNamed(key, videoId)).map(({ key }) => key)
}
