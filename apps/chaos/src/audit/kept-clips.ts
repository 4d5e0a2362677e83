import { createHash } from 'node:crypto'
import { type TaskRow, videoTasks } from '@reelay/db/schema'
import type { Load } from '../load/load.ts'
import type { World } from '../world/world.ts'
import { type Digest, isSame, unnamedFiles } from './stored-clips.ts'

/** What upstream sent of each video, by its own name for it. */
export type Sent = Map<string, Digest>

/** Which clips upstream has no more, by our name of the task. */
export type Forgotten = Set<string>

type Played = Digest | { code: string }

type Known = { sent: Sent; forgotten: Forgotten }

/**
 * Holds the store to what upstream had: no clip is lost that it didn't forget, none is another, what was kept plays, what
 * was not says so, and nothing lies there that no row names.
 */
export async function auditKept(world: World, load: Load, known: Known): Promise<string[]> {
  const rows: TaskRow[] = await world.db.select().from(videoTasks)
  const { clips, unfinished } = await unnamedFiles(world)
  const violations = [...clips, ...unfinished].map((name) => `${name} is in the store, and no row names it`)
  for (const row of rows.filter(({ status }) => status === 'COMPLETED')) {
    const trouble = troubleOf(row, await play(world, load, row), known)
    if (trouble) violations.push(`${row.videoId} (${row.archive}): ${trouble}`)
  }
  return violations
}

export async function sentNow({ admin, db }: World): Promise<Sent> {
  const rows = await db.select().from(videoTasks)
  const sent: Sent = new Map()
  for (const { externalTaskId, status } of rows) {
    if (externalTaskId === null || status !== 'COMPLETED') continue
    const digest = await admin<Digest>(`videos/${externalTaskId}/clip`).catch(() => undefined)
    if (digest) sent.set(externalTaskId, digest)
  }
  return sent
}

function troubleOf(row: TaskRow, played: Played, { sent, forgotten }: Known): string | undefined {
  const original = sent.get(row.externalTaskId ?? '')
  if (!original) return 'nobody knows what upstream sent'
  if (row.archive === 'lost') {
    if (!forgotten.has(row.videoId)) return 'lost, and upstream had it'
    return 'code' in played && played.code === 'content_expired' ? undefined : 'lost, and plays'
  }
  if (row.archive !== 'done' || !row.clip) return 'not kept'
  if (!isSame(row.clip, original)) return 'kept, and not what upstream sent'
  return 'sha256' in played && isSame(played, original)
    ? undefined
    : `doesn’t play: ${JSON.stringify(played)}`
}

/** As a browser does: asks for a link, and opens it. */
async function play({ apiUrls }: World, { users }: Load, { userId, videoId }: TaskRow): Promise<Played> {
  const [api] = apiUrls
  const token = users.find(({ id }) => id === userId)?.token
  const asked = await fetch(`${api}/api/video/tasks/${videoId}/content`, {
    headers: { authorization: `Bearer ${token}` },
  })
  if (!asked.ok) return (await asked.json()) as { code: string }
  const { data } = (await asked.json()) as { data: { url: string } }
  const opened = await fetch(new URL(data.url, api))
  if (!opened.ok) return (await opened.json()) as { code: string }
  const bytes = new Uint8Array(await opened.arrayBuffer())
  return { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
}
