import { setTimeout as sleep } from 'node:timers/promises'
import { ExternalTaskId, type VideoId } from '@reelay/contracts/task'
import { taskUpdate } from '@reelay/contracts/task-update'
import { processFolder, removeFolder } from '@reelay/local-services/local-folder'
import { createProgressPublisher } from '@reelay/queue/progress'
import { Redis } from 'ioredis'
import { pino } from 'pino'
import type { Crowd } from './feed-processes.ts'
import { type Listener, openStage, type Stage } from './feed-stage.ts'
import type { Figure } from './figure.ts'
import { cpuOf, memoryOf, type Server } from './process-cost.ts'
import { middleRound, percentile } from './statistics.ts'

type Tell = (version: number) => void
/** A server that tells of changes, who listens to it, and what they cost while nothing happened. */
type Side = { server: Server; tell: () => void; crowd: Crowd; idleKiB: number; held: number }
/** What one side did with a burst of changes, and with as many that came one by one. */
type Done = { perSecond: number; cpuMicros: number; p99: number }

const PER_USER = 20
const BUSY = 2000
const IDLE = 10_000
const WARM_ROUNDS = 10
const ROUNDS = 3
const BURST = 30
const PACED = 10
const PACE_MS = 200
const GIVE_UP_MS = 15_000

/** Streaming to thousands from one api process, against a server that only writes the same bytes. */
export async function feed(): Promise<Figure[]> {
  const dir = processFolder('run')
  await using stage = await openStage(dir)
  const listeners = await stage.listeners(IDLE / PER_USER)
  const redis = new Redis(stage.redisUrl)
  const publish = createProgressPublisher({
    connection: redis,
    prefix: stage.prefix,
    log: pino({ level: 'silent' }),
  })
  try {
    const ours = await side(stage, listeners, await stage.api(), (version) => {
      for (const { userId } of listeners) void publish(userId, anUpdate(userId, version))
    })
    const bareServer = await stage.bare()
    const bare = await side(stage, listeners, bareServer, (version) => {
      const update = anUpdate(listeners[0]?.userId ?? '', version)
      bareServer.child.send(`id: ${update.timestamp}\ndata: ${JSON.stringify(update)}\n\n`)
    })
    const rounds: { ours: Done; bare: Done }[] = []
    for (let i = 0; i < ROUNDS; i += 1) rounds.push({ ours: await round(ours), bare: await round(bare) })
    return figuresOf(ours, bare, rounds)
  } finally {
    redis.disconnect()
    removeFolder(dir)
  }
}

function figuresOf(ours: Side, bare: Side, rounds: { ours: Done; bare: Done }[]): Figure[] {
  const middle = (of: keyof Done) =>
    middleRound(rounds.map(({ ours, bare }) => ({ ours: ours[of], bare: bare[of] })))
  const pair = (of: 'idleKiB' | 'held') => ({ ours: ours[of], bare: bare[of] })
  return [
    { name: `deliveries to ${BUSY}`, ...middle('perSecond'), unit: 'events/s', target: 0.5 },
    { name: 'CPU of one delivery', ...middle('cpuMicros'), unit: 'µs' },
    { name: `p99 delay at ${(BUSY * 1000) / PACE_MS} events/s`, ...middle('p99'), unit: 'ms' },
    {
      name: `memory of an idle connection, ${BUSY} to ${IDLE}`,
      ...pair('idleKiB'),
      unit: 'KiB',
      target: 20,
      targetOf: 'ours',
      isMoreBetter: false,
    },
    { name: 'idle connections that were told of a change', ...pair('held'), unit: 'connections', target: 1 },
  ]
}

/** Lets ten thousand listen to a server, and all but the busy ones leave again. */
async function side(stage: Stage, listeners: Listener[], server: Server, tellOf: Tell): Promise<Side> {
  const tokens = listeners.map(({ token }) => token)
  let version = 1
  const tell = () => tellOf(++version)

  const crowd = await stage.crowd({
    port: server.port,
    tokens: tokens.slice(0, BUSY / PER_USER),
    each: PER_USER,
  })
  const beforeKiB = await memoryOf(server)
  const rest = await stage.crowd({ port: server.port, tokens: tokens.slice(BUSY / PER_USER), each: PER_USER })
  const idleKiB = ((await memoryOf(server)) - beforeKiB) / (IDLE - BUSY)
  tell()
  const held = (await heard(crowd, BUSY)).length + (await heard(rest, IDLE - BUSY)).length
  await rest.leave()

  for (let i = 0; i < WARM_ROUNDS; i += 1) tell()
  await heard(crowd, WARM_ROUNDS * BUSY)
  return { server, tell, crowd, idleKiB, held }
}

async function round({ server, tell, crowd }: Side): Promise<Done> {
  const cpuBefore = cpuOf(server)
  const startedAt = performance.now()
  for (let i = 0; i < BURST; i += 1) tell()
  const burst = (await heard(crowd, BURST * BUSY)).length
  const perSecond = burst / ((performance.now() - startedAt) / 1000)
  const cpuMicros = ((cpuOf(server) - cpuBefore) * 1000) / burst

  for (let i = 0; i < PACED; i += 1) {
    tell()
    await sleep(PACE_MS)
  }
  return { perSecond, cpuMicros, p99: percentile(await heard(crowd, PACED * BUSY), 0.99) }
}

async function heard(crowd: Crowd, count: number): Promise<number[]> {
  const all: number[] = []
  const from = performance.now()
  while (all.length < count) {
    if (performance.now() - from > GIVE_UP_MS) throw new Error(`${all.length} of ${count} events came`)
    await sleep(10)
    for (const delay of (await crowd.report()).delays) all.push(delay)
  }
  return all
}

function anUpdate(userId: string, version: number) {
  const now = new Date().toISOString()
  return taskUpdate({
    videoId: `video_1762500000000_${userId.replaceAll('-', '')}` as VideoId,
    externalTaskId: ExternalTaskId.parse('upstream_1762500000000'),
    clientRequestId: null,
    status: 'PROCESSING',
    progress: version % 100,
    model: 'sora-2',
    size: '1280x720',
    seconds: '8',
    videoUrl: null,
    errorCode: null,
    errorMessage: null,
    upstreamCode: null,
    attempt: 1,
    version,
    createdAt: now,
    updatedAt: now,
    completedAt: null,
    archivedAt: null,
    clip: null,
    archiveError: null,
  })
}
