import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { migrate } from '@reelay/db/migrate'
import { guardedSpawn, stopProcess } from '@reelay/local-services/processes/guard'
import { freePort } from '@reelay/local-services/stores/free-port'
import { type LocalServices, startServices } from '@reelay/local-services/stores/services'

export type StackOptions = {
  /** Data and logs live here. */
  dir: string
  /** Port of the api; 0 takes any free one. */
  port?: number
  workers?: number
  /** Further environment for every process, as in a test's short timers. */
  env?: Record<string, string>
  /** The database as its owner reaches it, where the processes themselves may not migrate. */
  ownerUrl?: string
  onProgress?: (message: string) => void
}

export type Stack = {
  apiUrl: string
  simulatorAdminUrl: string
  services: LocalServices
  processes: { api: ChildProcess; workers: ChildProcess[]; simulator: ChildProcess }
  /** Adds a worker process. */
  addWorker: () => ChildProcess
  /** Adds an api process, and waits until it is ready. */
  addApi: () => Promise<{ url: string; process: ChildProcess }>
  stop: () => Promise<void>
}

const apps = join(import.meta.dirname, '../..')
/** Only what hangs takes as long. */
const READY_WITHIN_MS = 180_000

/** Starts the whole system on this machine, as real processes that end when this one does. */
export async function startStack({
  dir,
  port = 0,
  workers = 2,
  env = {},
  ownerUrl,
  onProgress = () => {},
}: StackOptions): Promise<Stack> {
  mkdirSync(join(dir, 'logs'), { recursive: true })
  const processes: ChildProcess[] = []
  onProgress('starting Postgres and Redis')
  const services = await startServices({ dir, onProgress })
  const stop = async () => {
    await Promise.all(processes.map((child) => stopProcess(child)))
    await services.stop()
  }

  try {
    onProgress('migrating the database')
    const databaseUrl = env.DATABASE_URL ?? services.databaseUrl
    await migrate(ownerUrl ?? databaseUrl)

    const apiPort = port || (await freePort())
    const simulatorPort = await freePort()
    const key = `sk-${randomBytes(12).toString('hex')}`
    const prefix = env.SIMULATOR_PREFIX ?? '/v1'
    const shared = {
      ...process.env,
      DATABASE_URL: databaseUrl,
      REDIS_URL: services.redisUrl,
      SORA_BASE_URL: `http://127.0.0.1:${simulatorPort}${prefix}`,
      SORA_API_KEY: key,
      SIMULATOR_KEY: key,
      SIMULATOR_PORT: String(simulatorPort),
      JWT_SECRET: randomBytes(32).toString('hex'),
      PORT: String(apiPort),
      ...env,
    }
    const launch = (app: string, name = app, more: Record<string, string> = {}) => {
      const logFile = openSync(join(dir, 'logs', `${name}.log`), 'w')
      const child = guardedSpawn(process.execPath, [join(apps, app, 'src/main.ts')], {
        env: { ...shared, ...more },
        stdio: ['ignore', logFile, logFile],
      })
      closeSync(logFile)
      processes.push(child)
      return child
    }

    onProgress(`starting simulator, api and ${workers} workers`)
    const simulator = launch('simulator')
    const api = launch('api')
    const workerProcesses: ChildProcess[] = []
    const addWorker = () => {
      const child = launch('worker', `worker-${workerProcesses.length + 1}`)
      workerProcesses.push(child)
      return child
    }
    for (let i = 0; i < workers; i += 1) addWorker()
    const addApi = async () => {
      const ownPort = await freePort()
      const child = launch('api', `api-${ownPort}`, { PORT: String(ownPort) })
      const url = `http://localhost:${ownPort}`
      await answers(`${url}/health/ready`, child, join(dir, `logs/api-${ownPort}.log`))
      return { url, process: child }
    }
    const apiUrl = `http://localhost:${apiPort}`
    const simulatorAdminUrl = `http://127.0.0.1:${simulatorPort}/admin`
    await Promise.all([
      answers(`${apiUrl}/health/ready`, api, join(dir, 'logs/api.log')),
      answers(`${simulatorAdminUrl}/bill`, simulator, join(dir, 'logs/simulator.log')),
    ])
    const started = { api, workers: workerProcesses, simulator }
    return { apiUrl, simulatorAdminUrl, services, processes: started, addWorker, addApi, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Waits until a process answers 200, and says where to look when it doesn't. */
async function answers(url: string, child: ChildProcess, logFile: string): Promise<void> {
  const startedAt = performance.now()
  while (performance.now() - startedAt < READY_WITHIN_MS) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`a process ended at its start, see ${logFile}`)
    const response = await fetch(url).catch(() => undefined)
    if (response?.ok) return
    await sleep(50)
  }
  throw new Error(`${url} was not ready within ${READY_WITHIN_MS / 1000} s, see ${logFile}`)
}
