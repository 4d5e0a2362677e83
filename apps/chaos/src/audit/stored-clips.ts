import { createHash } from 'node:crypto'
import { createReadStream, existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { jobId } from '@reelay/contracts/jobs'
import { type StoredFile, type TaskRow, videoTasks } from '@reelay/db/schema'
import { eq } from 'drizzle-orm'
import { jobIds } from '../measure/jobs.ts'
import { until } from '../until.ts'
import type { World } from '../world/world.ts'

export type Digest = { bytes: number; sha256: string }

export async function clipsSettled(world: World, withinMs: number): Promise<void> {
  const noneIsPending = async () => (await pendingClips(world)).length === 0
  await until(noneIsPending, { withinMs, everyMs: 100, what: 'no clip is pending' })
}

export function pendingClips({ db }: World): Promise<TaskRow[]> {
  return db.select().from(videoTasks).where(eq(videoTasks.archive, 'pending'))
}

/** What a row says of its clip is in the store, and what it says is pending has a job. */
export async function storedClipsTrouble(world: World): Promise<string[]> {
  const jobs = await jobIds(world, 'archive')
  const rows: TaskRow[] = await world.db.select().from(videoTasks)
  const unattended = rows.filter(
    ({ archive, videoId, attempt }) => archive === 'pending' && !jobs.has(jobId(videoId, attempt)),
  )
  const untrue: string[] = []
  for (const row of rows) {
    for (const file of filesOf(row)) {
      const isThere = isSame(file, await digestOf(world, file.key))
      if (!isThere) untrue.push(`${row.videoId} has a clip that is not in the store as it says`)
    }
  }
  return [...unattended.map(({ videoId }) => `${videoId} is pending without a job`), ...untrue]
}

/** Keys of what is whole in the store and no row names, and names of what is not whole. */
export async function unnamedFiles({
  db,
  mediaDir,
}: World): Promise<{ clips: string[]; unfinished: string[] }> {
  const keys = filesIn(join(mediaDir, 'clips')).map((file) => `clips/${file}`)
  const rows = await db.select({ clip: videoTasks.clip }).from(videoTasks)
  const named = new Set(rows.flatMap(filesOf).map(({ key }) => key))
  return { clips: keys.filter((key) => !named.has(key)), unfinished: filesIn(join(mediaDir, 'tmp')) }
}

export function isSame(one: Digest, other: Digest | null | undefined): boolean {
  return one.bytes === other?.bytes && one.sha256 === other.sha256
}

function filesOf({ clip }: Pick<TaskRow, 'clip'>): StoredFile[] {
  return [clip, clip?.thumbnail].filter((file) => file != null)
}

async function digestOf({ mediaDir }: World, key: string): Promise<Digest | undefined> {
  const path = join(mediaDir, key)
  if (!existsSync(path)) return undefined
  const hash = createHash('sha256')
  let bytes = 0
  await pipeline(createReadStream(path), async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) {
      bytes += chunk.length
      hash.update(chunk)
    }
  })
  return { bytes, sha256: hash.digest('hex') }
}

function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return []
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
}
