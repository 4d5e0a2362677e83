import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { type Account, anAccount } from './accounts.ts'
import { drain } from './drain.ts'
import type { Figure } from './figure.ts'
import { watchGrowth } from './peak-memory.ts'
import type { Running } from './processes.ts'
import { middleRound, type Round } from './statistics.ts'
import type { World, WorldBench } from './world.ts'

const CLIP_BYTES = 2 ** 30
const ROUND_BYTES = 2 ** 28
const WARM_BYTES = 2 ** 25
const ROUNDS = 5
const MOST_GROWTH_MIB = 64
const ARCHIVED_WITHIN_MS = 90_000

/** Archiving a long clip, and serving it from our own store and from upstream, against plain streams of node:http. */
export const clips: WorldBench = async (world) => {
  const upstream = await world.processes.bare('clip-upstream')
  const atUpstream = { SORA_BASE_URL: `${upstream.origin}/v1` }
  const api = await world.processes.api(atUpstream)
  const account = await anAccount(api.origin, 'bench-clips')
  const link = { api, account }
  const insert = (name: string, bytes: number, archive: 'pending' | null) =>
    insertTask(world, account, { videoId: `video_1700000000000_${name}`, bytes, archive })
  const fromUpstream = await linkTo(await insert('passed000', CLIP_BYTES, null), link)

  const worker = await world.processes.worker({ ...atUpstream, SWEEP_INTERVAL_MS: '500' })
  await archive(world, worker, await insert('warm00000', WARM_BYTES, 'pending'))
  const kept = await insert('kept00000', CLIP_BYTES, 'pending')
  const archiving = await archive(world, worker, kept)
  const fromStore = await linkTo(kept, link)
  const files = await world.processes.bare('bare-files', { path: join(world.mediaDir, archiving.key) })
  const content = `${upstream.origin}/v1/videos/${CLIP_BYTES}/content`

  const grewBy = {
    store: await growthWhileServing(api, fromStore),
    passing: await growthWhileServing(api, fromUpstream),
  }
  const store = await compare(fromStore, files.origin)
  const passing = await compare(fromUpstream, content)
  return [
    { name: 'archiving a clip of 1 GiB', ours: archiving.perSecond, unit: 'MiB/s' },
    growth('memory of the worker grew by', archiving.grewBy),
    { name: 'serving an archived clip', ...store, unit: 'MiB/s', target: 0.8 },
    growth('memory of the api grew by', grewBy.store),
    { name: 'serving a clip from upstream', ...passing, unit: 'MiB/s', target: 0.6 },
    growth('memory of the api grew by', grewBy.passing),
  ]
}

function growth(name: string, ours: number): Figure {
  return { name, ours, unit: 'MiB', target: MOST_GROWTH_MIB, isMoreBetter: false }
}

type Archiving = { key: string; perSecond: number; grewBy: number }

async function archive({ db }: World, { pid }: Running, videoId: string): Promise<Archiving> {
  const grewBy = watchGrowth(pid)
  const startedAt = performance.now()
  while (performance.now() - startedAt < ARCHIVED_WITHIN_MS) {
    const [row] = await db.execute<{ key: string | null; seconds: number }>(sql`
      select clip->>'key' as key, extract(epoch from archived_at - completed_at)::float8 as seconds
      from video_tasks where video_id = ${videoId}`)
    if (row?.key) {
      return { key: row.key, perSecond: CLIP_BYTES / 2 ** 20 / row.seconds, grewBy: grewBy() }
    }
    await sleep(100)
  }
  throw new Error(`no clip was archived within ${ARCHIVED_WITHIN_MS / 1000} s`)
}

async function compare(ours: string, bare: string): Promise<Round> {
  for (const url of [ours, bare]) await drain(url, WARM_BYTES)
  const rounds: Round[] = []
  while (rounds.length < ROUNDS) {
    rounds.push({ ours: await drain(ours, ROUND_BYTES), bare: await drain(bare, ROUND_BYTES) })
  }
  return middleRound(rounds)
}

async function growthWhileServing({ pid }: Running, url: string): Promise<number> {
  await drain(url, WARM_BYTES)
  const grewBy = watchGrowth(pid)
  await drain(url)
  return grewBy()
}

async function insertTask(
  { db }: World,
  { userId }: Account,
  { videoId, bytes, archive }: { videoId: string; bytes: number; archive: 'pending' | null },
): Promise<string> {
  await db.execute(sql`
    insert into video_tasks (video_id, user_id, request_hash, status, external_task_id, prompt, accepted_at,
      completed_at, progress, archive)
    values (${videoId}, ${userId}, '', 'COMPLETED', ${`${videoId}_${bytes}`}, 'a cat', now(), now(), 100, ${archive})`)
  return videoId
}

async function linkTo(
  videoId: string,
  { api, account }: { api: Running; account: Account },
): Promise<string> {
  const response = await fetch(`${api.origin}/api/video/tasks/${videoId}/content`, {
    headers: { authorization: `Bearer ${account.token}` },
  })
  const { data } = (await response.json()) as { data: { url: string } }
  return api.origin + data.url
}
