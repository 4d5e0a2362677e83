import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { startServer } from '../processes/server.ts'
import { freePort } from '../stores/free-port.ts'
import { findProgram } from './program.ts'

const wanted = {
  names: ['pgbouncer'],
  packaged: { package: 'pgbouncer', path: 'usr/sbin/pgbouncer', versionFlag: '--version' },
}

export type PgBouncerOptions = {
  dir: string
  databaseUrl: string
  settings: Record<string, string | number>
}

export async function startPgBouncer({ dir, databaseUrl, settings }: PgBouncerOptions) {
  const program = await findProgram(wanted)
  const { hostname, port: serverPort, username, password } = new URL(databaseUrl)
  const port = await freePort()
  mkdirSync(dir, { recursive: true })
  const [conf, users] = [join(dir, 'pgbouncer.ini'), join(dir, 'users.txt')]
  writeFileSync(users, `"${username}" "${password}"\n`)
  const all = {
    listen_addr: '127.0.0.1',
    listen_port: port,
    unix_socket_dir: '',
    auth_type: 'plain',
    auth_file: users,
    ...settings,
  }
  writeFileSync(
    conf,
    [
      '[databases]',
      `* = host=${hostname} port=${serverPort}`,
      '[pgbouncer]',
      ...Object.entries(all).map(([name, value]) => `${name} = ${value}`),
      '',
    ].join('\n'),
  )
  // It refuses to be root, and reads what it needs as somebody else.
  const isRoot = process.getuid?.() === 0
  for (const file of isRoot ? [conf, users] : []) chmodSync(file, 0o644)
  if (isRoot) chmodSync(dir, 0o755)
  const server = await startServer([program.command, ...(isRoot ? ['-u', 'nobody'] : []), conf], {
    name: 'PgBouncer',
    logFile: join(dir, 'pgbouncer.log'),
    env: program.env,
    stopSignal: 'SIGTERM',
    isReady: () => answers(port),
  })
  const url = Object.assign(new URL(databaseUrl), { port: String(port) }).href
  return { ...server, port, url }
}

function answers(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect(port, '127.0.0.1', () => resolve(true)).once('error', () => resolve(false))
  return promise.finally(() => socket.destroy())
}
