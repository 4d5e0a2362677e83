import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { identify } from '@reelay/local-services/process-identity'
import { startPostgres, startRedis } from '@reelay/local-services/services'
import { until } from './until.ts'

export type Store = Awaited<ReturnType<typeof createStore>>

type Server = { pid: number; port: number; url: string; stop: () => Promise<void> }

export type StoreName = 'postgres' | 'redis'

export type StoresOptions = {
  durable: boolean
  /** A store named here has a disk of its own, of that size. Only root can have that. */
  disks?: Partial<Record<StoreName, string>>
}

/** Postgres and Redis that can be killed, frozen and started again where they were. */
export async function startStores(dir: string, { durable, disks = {} }: StoresOptions) {
  const unmounts = Object.entries(disks).map(([name, size]) => mountDisk(join(dir, name), size))
  const [postgres, redis] = await Promise.all([
    createStore((port) => startPostgres({ dir, fsync: durable, ...(port && { port }) })),
    createStore((port) => startRedis({ dir, ...(port && { port }) })),
  ])
  return {
    postgres,
    redis,
    /** What Redis has on disk; without it the next start is an empty one. */
    forgetRedis: () => rmSync(join(dir, 'redis/appendonlydir'), { recursive: true, force: true }),
    async stop() {
      for (const store of [postgres, redis]) store.thaw()
      await Promise.all([postgres.stop(), redis.stop()])
      for (const unmount of unmounts) unmount()
      for (const name of ['postgres', 'redis']) rmSync(join(dir, name), { recursive: true, force: true })
    },
  }
}

function mountDisk(folder: string, size: string): () => void {
  mkdirSync(folder, { recursive: true })
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder])
  return () => execFileSync('umount', ['-l', folder])
}

async function createStore(start: (port?: number) => Promise<Server>) {
  let server = await start()
  const { port, url } = server
  const family = () => [server.pid, ...childrenOf(server.pid)]

  return {
    url,
    port,
    /** SIGKILL, or SIGQUIT for what Postgres calls an immediate shutdown. Returns when all of it is gone. */
    async crash(signal: 'SIGKILL' | 'SIGQUIT' = 'SIGKILL'): Promise<void> {
      const pids = family()
      process.kill(server.pid, signal)
      await until(() => !pids.some(identify), { withinMs: 20_000, everyMs: 10, what: 'a store is gone' })
      await server.stop()
    },
    async start(): Promise<void> {
      server = await start(port)
    },
    freeze: () => signalAll(family(), 'SIGSTOP'),
    thaw: () => signalAll(family(), 'SIGCONT'),
    stop: () => server.stop(),
  }
}

function signalAll(pids: number[], signal: NodeJS.Signals): void {
  for (const pid of pids) if (identify(pid)) process.kill(pid, signal)
}

/** Postgres has a process for each connection. */
function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => parentOf(pid) === parent)
}

function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return undefined
  }
}
