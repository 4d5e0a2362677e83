import type { ChildProcess } from 'node:child_process'
import { createHmac, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openDatabase } from '@reelay/db/client'
import { migrate } from '@reelay/db/migrate'
import { guardedSpawn, stopProcess } from '@reelay/local-services/processes/guard'
import { freePort } from '@reelay/local-services/stores/free-port'
import { startPostgres, startRedis } from '@reelay/local-services/stores/services'
import { sql } from 'drizzle-orm'
import type { CrowdOptions, CrowdReport } from './feed-crowd.ts'

export type Stage = Awaited<ReturnType<typeof openStage>>
export type Server = { pid: number; port: number; child: ChildProcess }
export type Listener = { userId: string; token: string }

/** Collects garbage when asked, so that memory is what is held and not what was used. */
const COLLECT = 'globalThis.gc({type:"major",execution:"sync",flavor:"last-resort"})'
const COLLECTING = `data:text/javascript,process.on("SIGUSR2",()=>process.send(${COLLECT}??"collected"))`
const READY_WITHIN_MS = 60_000
/** Less than a tenth of a KiB for each of the connections that are measured. */
const SETTLED_KIB = 512

/** Stores, users and processes of the feed's bench. */
export async function openStage(dir: string) {
  const [postgres, redis] = await Promise.all([startPostgres({ dir, fsync: false }), startRedis({ dir })])
  await migrate(postgres.url)
  const database = openDatabase(postgres.url, { max: 2 })
  const secret = randomBytes(32).toString('hex')
  const children: ChildProcess[] = []

  function launch(file: string, env: Record<string, string> = {}): ChildProcess {
    const log = openSync(join(dir, 'feed.log'), 'a')
    const child = guardedSpawn(process.execPath, ['--expose-gc', '--import', COLLECTING, file], {
      env,
      stdio: ['ignore', log, log, 'ipc'],
    })
    closeSync(log)
    children.push(child)
    return child
  }

  return {
    redisUrl: redis.url,
    prefix: 'bench',

    async listeners(count: number): Promise<Listener[]> {
      const ids = Array.from({ length: count }, () => crypto.randomUUID())
      await database.db.execute(sql`
        insert into users (id, username, email, password_hash)
        select id::uuid, id, id || '@example.org', 'none' from json_array_elements_text(${JSON.stringify(ids)}) id`)
      return ids.map((userId) => ({ userId, token: tokenOf(userId, secret) }))
    },

    /** The api, as it is deployed. */
    async api(): Promise<Server> {
      const port = await freePort()
      const child = launch(join(import.meta.dirname, '../../api/src/main.ts'), {
        DATABASE_URL: postgres.url,
        REDIS_URL: redis.url,
        REDIS_PREFIX: 'bench',
        JWT_SECRET: secret,
        SORA_BASE_URL: 'http://127.0.0.1:9/v1',
        SORA_API_KEY: 'sk-bench',
        LOG_LEVEL: 'warn',
        PORT: String(port),
        RATE_LIMIT_PER_MINUTE: '1000000',
      })
      const startedAt = performance.now()
      while (!(await fetch(`http://127.0.0.1:${port}/health/ready`).catch(() => undefined))?.ok) {
        if (performance.now() - startedAt > READY_WITHIN_MS) throw new Error(`no api, see ${dir}/feed.log`)
        await sleep(50)
      }
      return { pid: child.pid as number, port, child }
    },

    async bare(): Promise<Server> {
      const child = launch(join(import.meta.dirname, 'bare-feed.ts'))
      const [{ port }] = await once(child, 'message', { signal: AbortSignal.timeout(READY_WITHIN_MS) })
      return { pid: child.pid as number, port, child }
    },

    /** Listeners on a server, all of them connected. */
    async crowd(options: CrowdOptions) {
      const child = launch(join(import.meta.dirname, 'feed-crowd.ts'))
      child.send(options)
      await once(child, 'message', { signal: AbortSignal.timeout(READY_WITHIN_MS) })
      return {
        async report(): Promise<CrowdReport> {
          const answer = once(child, 'message')
          child.send('report')
          return (await answer)[0]
        },
        leave: () => stopProcess(child, { timeoutMs: 2000 }),
      }
    },

    async [Symbol.asyncDispose]() {
      await Promise.all(children.map((child) => stopProcess(child, { timeoutMs: 2000 })))
      await database.close()
      await Promise.all([postgres.stop(), redis.stop()])
    },
  }
}

/**
 * Resident memory in KiB, when collecting garbage gives no more of it back. One collection doesn't tell: what it frees
 * is given back some time after, the later the busier the machine.
 */
export async function memoryOf({ pid, child }: Server): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (;;) {
    const collected = once(child, 'message', { signal: AbortSignal.timeout(READY_WITHIN_MS) })
    process.kill(pid, 'SIGUSR2')
    await collected
    await sleep(700)
    const resident = Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
    if (resident > least - SETTLED_KIB) return Math.min(resident, least)
    least = resident
  }
}

/** CPU time in ms that a process has used. */
export function cpuOf({ pid }: Server): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

/** As the api signs them. */
function tokenOf(sub: string, secret: string): string {
  const iat = Math.floor(Date.now() / 1000)
  const claims = { sub, username: sub, role: 'USER', iss: 'reelay', aud: 'reelay-api', iat, exp: iat + 3600 }
  const text = [{ alg: 'HS256', typ: 'JWT' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
}
