import { setTimeout as sleep } from 'node:timers/promises'
import { ExternalTaskId, type VideoId } from '@reelay/contracts/task'
import { taskUpdate } from '@reelay/contracts/task-update'
import { processFolder, removeFolder } from '@reelay/local-services/local-folder'
import { createProgressPublisher } from '@reelay/queue/progress'
import { Redis } from 'ioredis'
import { pino } from 'pino'
import { cpuOf, type Listener, memoryOf, openStage, type Server, type Stage } from './feed-stage.ts'
import type { Figure } from './figure.ts'

type Tell = (version: number) => void
type Side = { server: Server; tell: Tell }
type Crowd = Awaited<ReturnType<Stage['crowd']>>
type Measured = { perSecond: number; cpuMicros: number; p99: number; idleKiB: number; held: number }

const PER_USER = 20
const BUSY = 2000
const IDLE = 10_000
const WARM_ROUNDS = 10
const BURST_ROUNDS = 30
const PACED_ROUNDS = 15
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
    const api = await stage.api()
    const ours = await measure(stage, listeners, {
      server: api,
      tell: (version) => {
        for (const { userId } of listeners) void publish(userId, anUpdate(userId, version))
      },
    })
    await stage.stop(api)
    const server = await stage.bare()
    const tell: Tell = (version) => {
      const update = anUpdate(listeners[0]?.userId ?? '', version)
      server.child.send(`id: ${update.timestamp}\ndata: ${JSON.stringify(update)}\n\n`)
    }
    const bare = await measure(stage, listeners, { server, tell })
    const pair = (of: keyof Measured) => ({ ours: ours[of], bare: bare[of] })
    return [
      { name: `deliveries to ${BUSY}`, ...pair('perSecond'), unit: 'events/s', target: 0.5 },
      { name: 'CPU of one delivery', ...pair('cpuMicros'), unit: 'µs' },
      { name: `p99 delay at ${(BUSY * 1000) / PACE_MS} events/s`, ...pair('p99'), unit: 'ms' },
      {
        name: `memory of an idle connection, ${BUSY} to ${IDLE}`,
        ...pair('idleKiB'),
        unit: 'KiB',
        target: 20,
        targetOf: 'ours',
        isMoreBetter: false,
      },
      {
        name: 'idle connections that were told of a change',
        ...pair('held'),
        unit: 'connections',
        target: 1,
      },
    ]
  } finally {
    redis.disconnect()
    removeFolder(dir)
  }
}

async function measure(stage: Stage, listeners: Listener[], { server, tell }: Side): Promise<Measured> {
  const tokens = listeners.map(({ token }) => token)
  let version = 1
  const tellAll = () => tell(++version)

  const crowd = await stage.crowd({
    port: server.port,
    tokens: tokens.slice(0, BUSY / PER_USER),
    each: PER_USER,
  })
  const beforeKiB = await memoryOf(server)
  const rest = await stage.crowd({ port: server.port, tokens: tokens.slice(BUSY / PER_USER), each: PER_USER })
  const idleKiB = ((await memoryOf(server)) - beforeKiB) / (IDLE - BUSY)
  tellAll()
  const held = (await heard(crowd, BUSY)).length + (await heard(rest, IDLE - BUSY)).length
  await rest.leave()

  for (let i = 0; i < WARM_ROUNDS; i += 1) tellAll()
  await heard(crowd, WARM_ROUNDS * BUSY)

  const cpuBefore = cpuOf(server)
  const startedAt = performance.now()
  for (let i = 0; i < BURST_ROUNDS; i += 1) tellAll()
  const burst = (await heard(crowd, BURST_ROUNDS * BUSY)).length
  const perSecond = burst / ((performance.now() - startedAt) / 1000)
  const cpuMicros = ((cpuOf(server) - cpuBefore) * 1000) / burst

  for (let i = 0; i < PACED_ROUNDS; i += 1) {
    tellAll()
    await sleep(PACE_MS)
  }
  const delays = (await heard(crowd, PACED_ROUNDS * BUSY)).toSorted((a, b) => a - b)
  await crowd.leave()
  return { perSecond, cpuMicros, p99: delays[Math.floor(delays.length * 0.99)] ?? Number.NaN, idleKiB, held }
}

/** The delays of so many events, when they have arrived. */
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
  })
}
