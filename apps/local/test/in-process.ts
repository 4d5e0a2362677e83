import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createClient, type TaskState } from '@reelay/client/client'
import { removeFolder, temporaryFolder } from '@reelay/local-services/local-folder'
import type { DialectName } from '@reelay/simulator/dialects/all'
import { type Simulator, type SimulatorOptions, startSimulator } from '@reelay/simulator/server'
import { pino } from 'pino'
import { buildTestApp } from '../../api/test/support/test-app.ts'
import { readConfig } from '../../worker/src/config.ts'
import { openWorker } from '../../worker/src/worker.ts'

export type Bill = {
  total: number
  jobs: { source: string | null; prompt: string; ids: string[]; made: { key: string | null }[] }[]
  mistakes: Record<string, number>
}

const account = { username: 'traveller', password: 'a long way home' }
const log = pino({ level: 'silent' })

/** A quick simulator of one dialect, whose keys are `sk-` and their names. */
export function startUpstream(dialect: DialectName, keys: string[], options: Partial<SimulatorOptions> = {}) {
  return startSimulator({
    dialect,
    keys: keys.map((name) => ({ name, key: `sk-${name}` })),
    script: { queuedMs: 150, renderMs: 300 },
    ...options,
  })
}

/** What the file of upstreams says of a simulator; it is polled as often as the worker likes. */
export function upstreamOf(name: string, { url }: Simulator, dialect: DialectName, keys: string[]) {
  return {
    name,
    dialect,
    baseUrl: url,
    overrides: { poll: { floorMs: 0 } },
    credentials: keys.map((key) => ({ name: key, key: `sk-${key}` })),
  }
}

/** One api and one worker in this process over the upstreams of a file, and somebody logged in. */
export async function startInProcess(upstreams: object[], settings: Record<string, string> = {}) {
  const dir = temporaryFolder()
  const file = join(dir, 'upstreams.json')
  writeFileSync(file, JSON.stringify({ upstreams }))
  const env = { UPSTREAMS: file, SORA_BASE_URL: '', SORA_API_KEY: '', ...settings }
  const api = await buildTestApp({ env })
  const { database, redis, media } = api.config
  if (!('folder' in media)) throw new Error('both have one folder')
  const worker = openWorker(
    readConfig({
      POLL_INTERVAL_MS: '100',
      SWEEP_INTERVAL_MS: '1000',
      ...env,
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      REDIS_PREFIX: redis.prefix,
      MEDIA_DIR: media.folder,
    }),
    { log },
  )
  await worker.started
  const apiUrl = await api.listen()
  const guest = createClient({ baseUrl: apiUrl })
  await guest.register({ ...account, email: 'traveller@example.com' })
  return {
    api,
    apiUrl,
    client: await guest.login(account.username, account.password),
    async [Symbol.asyncDispose]() {
      await worker.stop()
      await api.stop()
      removeFolder(dir)
    },
  }
}

/** The last that the feed says of a task, which it follows to its end. */
export async function endOf(videoId: string, { client }: Pick<InProcess, 'client'>): Promise<TaskState> {
  return (await Array.fromAsync(client.follow(videoId))).at(-1) as TaskState
}

export type InProcess = Awaited<ReturnType<typeof startInProcess>>

/** Asks the simulator's admin routes, with a body where one is given. */
export async function admin<T>(
  { adminUrl }: Simulator,
  path: string,
  method = 'GET',
  body?: object,
): Promise<T> {
  const response = await fetch(`${adminUrl}/${path}`, {
    method,
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path}: ${text}`)
  return (text === '' ? undefined : JSON.parse(text)) as T
}
