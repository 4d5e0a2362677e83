import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { openDatabase } from '@reelay/db/client'
import { migrate } from '@reelay/db/migrate'
import { localFolder } from '@reelay/local-services/local-folder'
import { type Forwarder, startForwarder } from '@reelay/local-services/stores/forwarder'
import { freePort } from '@reelay/local-services/stores/free-port'
import { watchHistory } from '../audit/history.ts'
import type { Random } from '../random.ts'
import { until } from '../until.ts'
import { createMember, type Member } from './member.ts'
import { startProxy } from './proxy.ts'
import { type StoresOptions, startStores } from './stores.ts'
import { always, quick } from './timers.ts'

export type World = Awaited<ReturnType<typeof startWorld>>

export type WorldOptions = {
  /** Data and logs live here. */
  dir: string
  random: Random
  apis?: number
  workers?: number
  timers?: Record<string, string>
  env?: Record<string, string>
  /** Puts a proxy between the workers and upstream. */
  hasProxy?: boolean
  /** Lets everybody reach the stores at addresses that can move. */
  isMovable?: boolean
  /** Stores with a disk of their own, of that size. */
  disks?: StoresOptions['disks']
}

export type LaunchOptions = {
  main?: string
  imports?: string[]
  env?: Record<string, string>
  /** What the command begins with, to run in another place. */
  enter?: string[]
  /** Called when it ends itself, which is a problem without this. */
  onExit?: (member: Member) => void
}

const apps = join(import.meta.dirname, '../../..')
const keepCompiled = new URL('./preload/keep-compiled.ts', import.meta.url).href
const READY = { withinMs: 30_000, everyMs: 25 }

/** Starts a whole Reelay with stores of its own, every part of which can be killed, frozen and started again. */
export async function startWorld(options: WorldOptions) {
  const {
    dir,
    random,
    apis = 1,
    workers = 2,
    timers = quick,
    env = {},
    hasProxy,
    isMovable,
    disks = {},
  } = options
  mkdirSync(join(dir, 'logs'), { recursive: true })
  const stores = await startStores(dir, { durable: true, disks })
  await migrate(stores.postgres.url)
  const addresses = {
    postgres: isMovable ? await startForwarder(stores.postgres.port) : undefined,
    redis: isMovable ? await startForwarder(stores.redis.port) : undefined,
  }
  const urls = {
    postgres: moved(stores.postgres.url, addresses.postgres),
    redis: moved(stores.redis.url, addresses.redis),
  }
  const database = openDatabase(urls.postgres, { max: 4 })
  await watchHistory(database.db)

  const members: Member[] = []
  const problems: string[] = []
  const upstreamPort = await freePort()
  const proxy = hasProxy ? await startProxy(upstreamPort) : undefined
  const secrets = { SORA_API_KEY: `sk-${secret()}`, JWT_SECRET: secret() }
  const shared = {
    NODE_COMPILE_CACHE: join(localFolder, 'compile-cache'),
    ...process.env,
    DATABASE_URL: urls.postgres,
    REDIS_URL: urls.redis,
    SORA_BASE_URL: `http://127.0.0.1:${proxy?.port ?? upstreamPort}/v1`,
    SIMULATOR_KEY: secrets.SORA_API_KEY,
    SIMULATOR_PORT: String(upstreamPort),
    ...secrets,
    ...always,
    ...timers,
    ...env,
  }
  const adminUrl = `http://127.0.0.1:${upstreamPort}/admin`

  function launch(
    name: string,
    main: string,
    { imports = [], env = {}, enter, onExit }: LaunchOptions = {},
  ): Member {
    const member: Member = createMember({
      name,
      args: [...[keepCompiled, ...imports].flatMap((file) => ['--import', file]), main],
      enter,
      env: { ...shared, ...env },
      logFile: join(dir, 'logs', `${name}.log`),
      onExit(end, wanted) {
        if (wanted) return
        if (onExit) onExit(member)
        else problems.push(`${name} ended by itself: ${end}`)
      },
    })
    members.push(member)
    return member
  }

  const apiMembers: Member[] = []
  const apiUrls: string[] = []
  const workerMembers: Member[] = []
  const simulator = launch('simulator', join(apps, 'simulator/src/main.ts'))

  async function addApi({
    host = '127.0.0.1',
    ...launchOptions
  }: LaunchOptions & { host?: string } = {}): Promise<Member> {
    const port = await freePort()
    const api = launch(`api-${apiMembers.length + 1}`, join(apps, 'api/src/main.ts'), {
      ...launchOptions,
      env: { HOST: host, PORT: String(port), ...launchOptions.env },
    })
    apiMembers.push(api)
    apiUrls.push(`http://${host}:${port}`)
    return api
  }

  function addWorker({ main = join(apps, 'worker/src/main.ts'), ...launchOptions }: LaunchOptions = {}) {
    const worker = launch(`worker-${workerMembers.length + 1}`, main, launchOptions)
    workerMembers.push(worker)
    return worker
  }

  /** A worker that has reached everything it needs. */
  async function readyWorker(launchOptions: LaunchOptions = {}): Promise<Member> {
    const port = launchOptions.env?.WORKER_PORT ?? String(await freePort())
    const worker = addWorker({ ...launchOptions, env: { ...launchOptions.env, WORKER_PORT: port } })
    const url = `http://127.0.0.1:${port}/health/ready`
    await until(() => answers(url), { ...READY, what: 'a worker is ready' })
    return worker
  }

  async function admin<T = unknown>(path: string, body?: unknown): Promise<T> {
    const headers = { 'content-type': 'application/json' }
    const request = body === undefined ? {} : { method: 'POST', headers, body: JSON.stringify(body) }
    const response = await fetch(`${adminUrl}/${path}`, request)
    if (!response.ok) throw new Error(`admin/${path} answered ${response.status}`)
    return (response.status === 204 ? undefined : await response.json()) as T
  }

  for (let i = 0; i < apis; i += 1) await addApi()
  for (let i = 0; i < workers; i += 1) addWorker()
  const apisReady = () =>
    Promise.all(
      apiUrls.map((url) =>
        until(() => answers(`${url}/health/ready`), { ...READY, what: 'an api is ready' }),
      ),
    )
  await Promise.all([apisReady(), until(() => answers(`${adminUrl}/bill`), { ...READY, what: 'upstream' })])

  return {
    dir,
    random,
    stores,
    urls,
    addresses,
    proxy,
    /** Whether lost answers can be looked for. */
    hasList: env.SORA_RECONCILE !== 'none',
    db: database.db,
    secrets,
    apis: apiMembers,
    apiUrls,
    workers: workerMembers,
    simulator,
    problems,
    expect: (happened: unknown, problem: string) => !happened && problems.push(problem),
    addApi,
    addWorker,
    readyWorker,
    apisReady,
    admin,
    adminUrl,
    async [Symbol.asyncDispose]() {
      await Promise.all(members.map((member) => member.kill()))
      proxy?.close()
      for (const address of Object.values(addresses)) address?.close()
      await database.close()
      await stores.stop()
    },
  }
}

function moved(url: string, address: Forwarder | undefined): string {
  return address ? Object.assign(new URL(url), { port: String(address.port) }).href : url
}

async function answers(url: string): Promise<boolean> {
  return (await fetch(url)).ok
}

function secret(): string {
  return randomBytes(24).toString('hex')
}
