import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { guardedSpawn, stopProcess } from '@reelay/local-services/processes/guard'
import { freePort } from '@reelay/local-services/stores/free-port'
import { expect, onTestFinished, vi } from 'vitest'
import { SECRET } from './test-app.ts'

const main = join(import.meta.dirname, '../../src/main.ts')
/** Only for what hangs: a process that starts while others are busy takes its time. */
const HANGS_MS = 120_000

type Options = {
  env?: Record<string, string | undefined>
  /** What the command begins with, as in `sh -c 'ulimit …; exec "$0" "$@"'`. */
  enter?: string[]
  stdout?: 'pipe' | number
}

export type ApiProcess = ReturnType<typeof startApi>

/** A real process of the api, which ends with the test. */
export function startApi(port: number, { env = {}, enter = [], stdout = 'pipe' }: Options = {}) {
  const [command = '', ...args] = [...enter, process.execPath, main]
  const child = guardedSpawn(command, args, {
    env: {
      PATH: process.env.PATH,
      PORT: String(port),
      REDIS_URL: process.env.REDIS_URL,
      JWT_SECRET: SECRET,
      SORA_BASE_URL: 'http://127.0.0.1:9/v1',
      SORA_API_KEY: 'sk-test',
      RATE_LIMIT_PER_MINUTE: '0',
      SHED_AT_DELAY_MS: '0',
      ...env,
    },
    stdio: ['ignore', stdout, 'pipe'],
  })
  onTestFinished(() => stopProcess(child))
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
  const ended = once(child, 'exit')
  return {
    child,
    port,
    origin: `http://127.0.0.1:${port}`,
    output: () => text,
    /** Code and signal, as soon as it has ended. */
    ended,
    says: (words: string) =>
      vi.waitUntil(
        () => {
          if (!text.includes(words) && child.exitCode !== null) throw new Error(`it ended, saying ${text}`)
          return text.includes(words)
        },
        { timeout: HANGS_MS, interval: 20 },
      ),
  }
}

/** One that listens. */
export async function aListeningApi(options: Options = {}) {
  const api = startApi(await freePort(), options)
  await api.says('Server listening')
  return api
}

/** A client that says what it is told to, byte for byte, and keeps all that it hears. */
export async function aSocket({ port }: { port: number }, request = '') {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8')
  onTestFinished(() => void socket.destroy())
  let text = ''
  socket.on('data', (chunk: string) => {
    text += chunk
  })
  socket.on('error', () => {})
  const closed = new Promise<string>((resolve) => socket.once('close', () => resolve(text)))
  await Promise.race([once(socket, 'connect'), closed])
  socket.write(request)
  return {
    socket,
    /** All that it heard, once the connection is closed. */
    closed,
    hears: (words: string) => expect.poll(() => text, { timeout: HANGS_MS, interval: 20 }).toContain(words),
  }
}
