import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { childrenOf, identify } from '@reelay/local-services/processes/process-identity'
import type { Server } from '@reelay/local-services/processes/server'
import { startPostgres, startRedis } from '@reelay/local-services/stores/services'
import { until } from '../until.ts'

export type Store = Awaited<ReturnType<typeof createStore>>

type ServerOnPort = Server & { port: number; url: string }

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

async function createStore(start: (port?: number) => Promise<ServerOnPort>) {
  let server = await start()
  const { port, url } = server

  return {
    url,
    port,
    /** SIGKILL, or SIGQUIT for what Postgres calls an immediate shutdown. Returns when all of it is gone. */
    async crash(signal: 'SIGKILL' | 'SIGQUIT' = 'SIGKILL'): Promise<void> {
      const pids = [server.pid, ...childrenOf(server.pid)]
      process.kill(server.pid, signal)
      await until(() => !pids.some(identify), { withinMs: 20_000, everyMs: 10, what: 'a store is gone' })
      await server.stop()
    },
    async start(): Promise<void> {
      server = await start(port)
    },
    freeze: () => server.freeze(),
    thaw: () => server.thaw(),
    stop: () => server.stop(),
  }
}
