import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { migrate } from '@reelay/db/migrate'
import { freePort } from '@reelay/local-services/stores/free-port'
import { type LocalServices, startServices } from '@reelay/local-services/stores/services'
import { readConfig as readSimulatorConfig } from '@reelay/simulator/config'
import { dialects } from '@reelay/simulator/dialects/all'
import { createProcesses, type Processes } from './processes.ts'

export type StackOptions = {
  /** Data, pictures, clips and logs live here. */
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
  addWorker: () => ChildProcess
  addApi: (port?: number) => Promise<{ url: string; process: ChildProcess }>
  stop: () => Promise<void>
}

/** Starts the whole system on this machine, as real processes that end when this one does. */
export async function startStack({
  dir,
  port = 0,
  workers = 2,
  env = {},
  ownerUrl,
  onProgress = () => {},
}: StackOptions): Promise<Stack> {
  onProgress('starting Postgres and Redis')
  const services = await startServices({ dir, onProgress })
  let processes: Processes | undefined
  const stop = async () => {
    await processes?.stop()
    await services.stop()
  }

  try {
    onProgress('migrating the database')
    const databaseUrl = env.DATABASE_URL ?? services.databaseUrl
    await migrate(ownerUrl ?? databaseUrl)

    onProgress(`starting simulator, api and ${workers} workers`)
    const [apiPort, simulatorPort] = [port || (await freePort()), await freePort()]
    const { redisUrl } = services
    const shared = environmentOf({ databaseUrl, redisUrl, apiPort, simulatorPort, dir, env })
    processes = createProcesses({ logs: join(dir, 'logs'), env: shared })
    const { launch, isReady, addWorker, addApi, workers: started } = processes
    const [simulator, api] = [launch('simulator'), launch('api')]
    for (let i = 0; i < workers; i += 1) addWorker()

    const apiUrl = `http://localhost:${apiPort}`
    const simulatorAdminUrl = `http://127.0.0.1:${simulatorPort}/admin`
    await Promise.all([
      isReady(`${apiUrl}/health/ready`, api, 'api'),
      isReady(`${simulatorAdminUrl}/bill`, simulator, 'simulator'),
    ])
    const running = { api, workers: started, simulator }
    return { apiUrl, simulatorAdminUrl, services, processes: running, addWorker, addApi, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Whoever runs this may have a store of their own in their environment. */
const noS3 = {
  MEDIA_S3_ENDPOINT: '',
  MEDIA_S3_BUCKET: '',
  MEDIA_S3_ACCESS_KEY_ID: '',
  MEDIA_S3_SECRET_ACCESS_KEY: '',
  MEDIA_REDIRECT: '',
}

type Places = {
  databaseUrl: string
  redisUrl: string
  apiPort: number
  simulatorPort: number
  dir: string
  env: Record<string, string>
}

function environmentOf({
  databaseUrl,
  redisUrl,
  apiPort,
  simulatorPort,
  dir,
  env,
}: Places): NodeJS.ProcessEnv {
  const key = `sk-${randomBytes(12).toString('hex')}`
  const { dialect, prefix = dialects[dialect].base } = readSimulatorConfig({ ...process.env, ...env })
  return {
    ...process.env,
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
    UPSTREAMS: '',
    SORA_BASE_URL: `http://127.0.0.1:${simulatorPort}${prefix}`,
    SORA_DIALECT: dialect,
    SORA_API_KEY: key,
    SIMULATOR_KEY: key,
    SIMULATOR_PORT: String(simulatorPort),
    JWT_SECRET: randomBytes(32).toString('hex'),
    PORT: String(apiPort),
    MEDIA_DIR: join(dir, 'media'),
    ...noS3,
    ARCHIVE: 'on',
    ...env,
  }
}
