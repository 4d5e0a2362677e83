import { readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { videoTasks } from '@reelay/db/schema'
import { eq } from 'drizzle-orm'
import { audit, settled } from '../audit/audit.ts'
import { auditKept, type Forgotten, type Sent, sentNow } from '../audit/kept-clips.ts'
import { clipsSettled, type Digest, pendingClips, unnamedFiles } from '../audit/stored-clips.ts'
import { type Load, startLoad } from '../load/load.ts'
import type { Random } from '../random.ts'
import type { Scenario } from '../scenario.ts'
import { until } from '../until.ts'
import type { Member } from '../world/member.ts'
import type { World } from '../world/world.ts'

const WORKERS = 2
const AT_ONCE = 2
/** Upstream takes this long over the clips of some. */
const SLOW_MS = [300, 900] as const
const EXPIRES_MS = [2000, 6000] as const
const DELETED_ONE_OF = 12
const SETTLED_WITHIN_MS = 180_000

/** What the next who ask for a clip meet, probes too: it breaks off, or isn't there for once. */
const passing = [
  { name: 'cut', value: 1_000_000, scope: 'content', count: 2 },
  { name: 'empty', scope: 'content', count: 1 },
]

const env = {
  SIMULATOR_CLIP_BYTES: '3000000',
  SIMULATOR_RENDER_MS: '200',
  MEDIA_SWEEP_INTERVAL_MS: '500',
}
/** What no row names goes at once: only when nothing is under way. */
const sweepsAll = { MEDIA_ORPHAN_MS: '0' }

export const archiveKill: Scenario = {
  name: 'archive-kill',
  about: 'kill -9 of a worker at a random moment of archiving, while upstream forgets some videos',
  isOnDemand: true,
  async run({ isShort, random, openWorld }) {
    const overrides = { missing: { count: 4, spanMs: 10_000 } }
    await using world = await openWorld({ workers: 0, env, overrides })
    for (let i = 0; i < WORKERS; i += 1) world.addWorker()
    const load = await startLoad(world)
    const kills = isShort ? 10 : 200
    const deleted: Sent = new Map()
    const forgotten: Forgotten = new Set()

    for (let kill = 0; kill < kills; kill += 1) {
      await load.submitMany(AT_ONCE, fateOf(random))
      if (random.next() < 0.4) await world.admin('faults', random.pick(passing))
      const worker = await archivingWorker(world)
      await sleep(random.between(0, SLOW_MS[1]))
      if (kill % DELETED_ONE_OF === 0) await deleteOne(world, { random, deleted, forgotten })
      await worker.kill()
      worker.start()
    }
    await settled(world, SETTLED_WITHIN_MS)
    await clipsSettled(world, SETTLED_WITHIN_MS)
    const verdict = await audit(world, load)
    const left = await sweepAll(world)
    for (const id of await expired(world, load)) forgotten.add(id)
    const sent = new Map([...deleted, ...(await sentNow(world))])
    const kept = await auditKept(world, load, { sent, forgotten })
    return {
      ...verdict,
      faults: kills,
      notes: [
        await whatBecame(world),
        `${left.unfinished.length} clips were cut off by a kill, ${left.clips.length} were whole and not noted`,
      ],
      violations: [...verdict.violations, ...kept.map((violation) => `kept: ${violation}`)],
    }
  },
}

function fateOf(random: Random): string {
  const slow = `[fault:slow_clip=${random.between(...SLOW_MS)}]`
  const expiring = `[fault:clip_expired=${random.between(...EXPIRES_MS)}]`
  return random.pick(['', slow, slow, slow, `${slow}${expiring}`])
}

/** Waits until one of them has a file open that is not whole yet. */
function archivingWorker({ workers, mediaDir }: World): Promise<Member> {
  const unfinished = join(mediaDir, 'tmp')
  const isWriting = (worker: Member) => openFilesOf(worker).some((path) => path.startsWith(unfinished))
  return until(() => workers.find(isWriting), { withinMs: 60_000, everyMs: 10, what: 'a worker archives' })
}

function openFilesOf({ pid }: Member): string[] {
  const folder = `/proc/${pid()}/fd`
  return readdirSync(folder).map((name) => readlinkSync(join(folder, name)))
}

type Deletions = { random: Random; deleted: Sent; forgotten: Forgotten }

/** Lets upstream forget a video whose clip is pending, and remembers what that was. */
async function deleteOne(world: World, { random, deleted, forgotten }: Deletions): Promise<void> {
  const { admin } = world
  const rows = (await pendingClips(world)).filter((row) => !forgotten.has(row.videoId))
  if (rows.length === 0) return
  const { videoId, externalTaskId } = random.pick(rows)
  const path = `videos/${externalTaskId}`
  deleted.set(String(externalTaskId), await admin<Digest>(`${path}/clip`))
  forgotten.add(videoId)
  await admin(path, null, 'DELETE')
}

async function expired({ db }: World, { canary }: Load): Promise<string[]> {
  const rows = await db.select().from(videoTasks)
  const expiring = rows.filter(({ prompt }) => prompt?.includes(canary) && /clip_expired/.test(prompt))
  return expiring.map(({ videoId }) => videoId)
}

/** Returns what no row named, and waits until a worker has removed it. */
async function sweepAll(world: World): Promise<Awaited<ReturnType<typeof unnamedFiles>>> {
  const left = await unnamedFiles(world)
  await Promise.all(world.workers.map((worker) => worker.kill()))
  await world.readyWorker({ env: sweepsAll })
  const isClean = async () => {
    const { clips, unfinished } = await unnamedFiles(world)
    return clips.length + unfinished.length === 0
  }
  await until(isClean, { withinMs: 20_000, what: 'the store is swept' }).catch(() => {})
  return left
}

async function whatBecame({ db }: World): Promise<string> {
  const { archive, status } = videoTasks
  const rows = await db.select({ archive }).from(videoTasks).where(eq(status, 'COMPLETED'))
  const counts = Map.groupBy(rows, ({ archive }) => archive)
  return `clips: ${[...counts].map(([state, { length }]) => `${length} ${state}`).join(', ')}`
}
