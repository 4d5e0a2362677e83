import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openDatabase } from '@reelay/db/client'
import { migrate } from '@reelay/db/migrate'
import { localFolder } from '@reelay/local-services/local-folder'
import { freePort } from '@reelay/local-services/stores/free-port'
import { watchHistory } from '../audit/history.ts'
import type { Random } from '../random.ts'
import { openAddresses } from './addresses.ts'
import { createFleet } from './fleet.ts'
import { createLauncher } from './launcher.ts'
import { startProxy } from './proxy.ts'
import { startSimulator } from './simulator.ts'
import { type StoresOptions, startStores } from './stores.ts'
import { always, quick } from './timers.ts'

export type World = Awaited<ReturnType<typeof startWorld>>

export type WorldOptions = {
  dir: string
  random: Random
  apis?: number
  workers?: number
  timers?: Record<string, string>
  env?: Record<string, string>
  /** False for an upstream without a list, so that lost answers can't be looked for. */
  hasList?: boolean
  /** Puts a proxy between the workers and upstream. */
  hasProxy?: boolean
  /** Lets everybody reach the stores at addresses that can move. */
  isMovable?: boolean
  /** Stores with a disk of their own, of that size. */
  disks?: StoresOptions['disks']
}

const withoutList = fileURLToPath(new URL('./without-list.json', import.meta.url))

/** Starts a whole Reelay with stores of its own, every part of which can be killed, frozen and started again. */
export async function startWorld({
  dir,
  random,
  apis = 1,
  workers = 2,
  env = {},
  hasList = true,
  ...options
}: WorldOptions) {
  const logs = join(dir, 'logs')
  mkdirSync(logs, { recursive: true })
  const stores = await startStores(dir, { durable: true, disks: options.disks ?? {} })
  await migrate(stores.postgres.url)
  const { addresses, urls, close: closeAddresses } = await openAddresses(stores, options.isMovable)
  const database = openDatabase(urls.postgres, { max: 4, queryTimeoutMs: 60_000, statementTimeoutMs: 60_000 })
  await watchHistory(database.db)

  const problems: string[] = []
  const upstreamPort = await freePort()
  const proxy = options.hasProxy ? await startProxy(upstreamPort) : undefined
  const secrets = { SORA_API_KEY: `sk-${secret()}`, JWT_SECRET: secret() }
  const shared = {
    ...environmentOf({ urls, upstreamPort, reachedAt: proxy?.port ?? upstreamPort, secrets }),
    ...(options.timers ?? quick),
    ...(!hasList && { SORA_DIALECT: withoutList }),
    ...env,
  }
  const launcher = createLauncher({ logs, env: shared, onProblem: (problem) => problems.push(problem) })
  const { isUp, ...upstream } = startSimulator(launcher, upstreamPort)
  const fleet = createFleet(launcher)
  for (let i = 0; i < apis; i += 1) await fleet.addApi()
  for (let i = 0; i < workers; i += 1) fleet.addWorker()
  await Promise.all([fleet.apisReady(), isUp()])

  return {
    dir,
    random,
    stores,
    urls,
    addresses,
    proxy,
    /** Whether lost answers can be looked for. */
    hasList,
    db: database.db,
    secrets,
    problems,
    expect: (happened: unknown, problem: string) => !happened && problems.push(problem),
    ...fleet,
    ...upstream,
    async [Symbol.asyncDispose]() {
      await launcher.killAll()
      proxy?.close()
      closeAddresses()
      await database.close()
      await stores.stop()
    },
  }
}

type Places = {
  urls: { postgres: string; redis: string }
  upstreamPort: number
  /** The port at which workers find upstream: its own or its proxy's. */
  reachedAt: number
  secrets: { SORA_API_KEY: string; JWT_SECRET: string }
}

function environmentOf({ urls, upstreamPort, reachedAt, secrets }: Places) {
  return {
    NODE_COMPILE_CACHE: join(localFolder, 'compile-cache'),
    ...process.env,
    DATABASE_URL: urls.postgres,
    REDIS_URL: urls.redis,
    SORA_BASE_URL: `http://127.0.0.1:${reachedAt}/v1`,
    SIMULATOR_KEY: secrets.SORA_API_KEY,
    SIMULATOR_PORT: String(upstreamPort),
    ...secrets,
    ...always,
  }
}

function secret(): string {
  return randomBytes(24).toString('hex')
}
