import { connect } from 'node:net'
import { join, resolve } from 'node:path'
import { type Server, startServer } from '../processes/server.ts'
import { findRedisServer } from '../programs/redis-server.ts'
import { claimFolder, stopOrphan } from './folder-claim.ts'
import { startOnPort } from './free-port.ts'

export interface RedisOptions {
  dir: string
  port?: number
  onProgress?: (message: string) => void
}

export interface LocalRedis extends Server {
  url: string
  port: number
}

/** Starts Redis on 127.0.0.1 as a queue needs it, on what an earlier start left in `<dir>/redis`. */
export async function startRedis({ dir, port: fixedPort, onProgress }: RedisOptions): Promise<LocalRedis> {
  const folder = resolve(dir, 'redis')
  const { command, env } = await findRedisServer(onProgress)
  const release = claimFolder(folder)
  const pidFile = join(folder, 'redis.pid')
  await stopOrphan(pidFile, folder, 'SIGTERM')

  return startOnPort(fixedPort, async (port) => {
    const server = await startServer([command, ...settings({ port, dir: folder, pidfile: pidFile })], {
      name: 'Redis',
      logFile: join(folder, 'redis.log'),
      env,
      stopSignal: 'SIGTERM',
      isReady: (pid) => isReady(port, pid),
    })
    const stop = async () => {
      await server.stop()
      release()
    }
    return { ...server, port, url: `redis://127.0.0.1:${port}`, stop }
  })
}

function settings(place: { port: number; dir: string; pidfile: string }): string[] {
  const all = {
    ...place,
    bind: '127.0.0.1',
    appendonly: 'yes',
    appendfsync: 'everysec',
    save: '',
    'maxmemory-policy': 'noeviction',
    // BullMQ's blocking fetch wakes on Redis's timer.
    hz: 100,
  }
  return Object.entries(all).flatMap(([name, value]) => [`--${name}`, String(value)])
}

async function isReady(port: number, pid: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
    .setEncoding('utf8')
    .setTimeout(1_000, () => socket.destroy())
  let answer = ''
  socket.on('data', (text) => (answer += text))
  socket.on('error', () => undefined)
  socket.write('PING\r\nINFO server\r\nQUIT\r\n')
  await new Promise((resolve) => socket.once('close', resolve))
  return answer.startsWith('+PONG') && answer.includes(`process_id:${pid}\r\n`)
}
