import { randomBytes } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { openDatabase } from '@reelay/db/client'
import { migrate } from '@reelay/db/migrate'
import { localFolder } from '@reelay/local-services/local-folder'
import type { DialectName } from '../../../simulator/src/dialects/all.ts'
import { watchHistory } from '../audit/history.ts'
import type { Random } from '../random.ts'
import { openAddresses } from './addresses.ts'
import { createFleet } from './fleet.ts'
import { createLauncher } from './launcher.ts'
import { type StoresOptions, startStores } from './stores.ts'
import { always, quick } from './timers.ts'
import { environmentOf, placesOf, startUpstream, type UpstreamPlan } from './upstreams.ts'

export type World = Awaited<ReturnType<typeof startWorld>>

/**
 * `dialect`, `hasList`, `hasPages`, `overrides` and `hasProxy` are those of the one upstream, as in `UpstreamPlan`; `upstreams`
 * are several in its place. `isMovable` lets everybody reach the stores at addresses that can move.
 */
export type WorldOptions = {
  dir: string
  random: Random
  apis?: number
  workers?: number
  timers?: Record<string, string>
  env?: Record<string, string>
  dialect?: DialectName
  hasList?: boolean
  hasPages?: boolean
  overrides?: Record<string, unknown>
  hasProxy?: boolean
  upstreams?: UpstreamPlan[]
  isMovable?: boolean
  disks?: StoresOptions['disks']
}

/** Starts a whole Reelay with stores of its own, every part of which can be killed, frozen and started again. */
export async function startWorld({ dir, random, apis = 1, workers = 2, env = {}, ...options }: WorldOptions) {
  const logs = join(dir, 'logs')
  mkdirSync(logs, { recursive: true })
  const stores = await startStores(dir, { durable: true, disks: options.disks ?? {} })
  await migrate(stores.postgres.url)
  const { addresses, urls, close: closeAddresses } = await openAddresses(stores, options.isMovable)
  const database = openDatabase(urls.postgres, { max: 4, queryTimeoutMs: 60_000, statementTimeoutMs: 60_000 })
  await watchHistory(database.db)

  const problems: string[] = []
  const places = await placesOf(options.upstreams ?? [theOne(options)])
  const jwtSecret = randomBytes(24).toString('hex')
  const mediaDir = join(dir, 'media')
  const shared = {
    NODE_COMPILE_CACHE: join(localFolder, 'compile-cache'),
    ...process.env,
    DATABASE_URL: urls.postgres,
    REDIS_URL: urls.redis,
    JWT_SECRET: jwtSecret,
    MEDIA_DIR: mediaDir,
    ...environmentOf(places, dir),
    ...always,
    ...(options.timers ?? quick),
    ...env,
  }
  const launcher = createLauncher({ logs, env: shared, onProblem: (problem) => problems.push(problem) })
  const upstreams = places.map((place) => startUpstream(launcher, place))
  const [first] = upstreams as [(typeof upstreams)[number]]
  // Workers look whether upstream is there, and it must know their keys by then.
  await Promise.all(upstreams.map(({ isUp }) => isUp()))
  const fleet = createFleet(launcher)
  for (let i = 0; i < apis; i += 1) await fleet.addApi()
  for (let i = 0; i < workers; i += 1) fleet.addWorker()
  await fleet.apisReady()

  return {
    dir,
    random,
    stores,
    urls,
    mediaDir,
    addresses,
    upstreams,
    /** Those of the one upstream. */
    proxy: first.proxy,
    adminUrl: first.adminUrl,
    admin: first.admin,
    canFind: first.canFind,
    db: database.db,
    secrets: [jwtSecret, ...places.flatMap(({ keys }) => keys.map(({ secret }) => secret))],
    problems,
    expect: (happened: unknown, problem: string) => !happened && problems.push(problem),
    ...fleet,
    async [Symbol.asyncDispose]() {
      await launcher.killAll()
      for (const { proxy } of upstreams) proxy?.close()
      closeAddresses()
      await database.close()
      await stores.stop()
      rmSync(mediaDir, { recursive: true, force: true })
    },
  }
}

function theOne({
  dialect = 'openai',
  hasList = true,
  hasPages = false,
  hasProxy = false,
  overrides,
}: Partial<WorldOptions>): UpstreamPlan {
  return {
    name: 'default',
    dialect,
    keys: [{ name: 'default' }],
    hasList,
    hasPages,
    hasProxy,
    ...(overrides && { overrides }),
  }
}
