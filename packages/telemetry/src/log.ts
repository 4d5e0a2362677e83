import { Writable } from 'node:stream'
import { destination, type Logger, pino } from 'pino'

type LogConfig = { level: string; isDevelopment: boolean }

const KEPT_BYTES = 1_000_000

/** Fields that no line of ours has; whatever brings one along by mistake loses it here. */
const secretFields = [
  'authorization',
  'cookie',
  'password',
  'prompt',
  'secret',
  'apiKey',
  'ticket',
  'token',
  'metadata',
]

export async function createLog(name: 'api' | 'worker', config: LogConfig): Promise<Logger> {
  const options = {
    level: config.level,
    base: { process: name, pid: process.pid },
    redact: { paths: secretFields.flatMap(atAnyDepth), censor: '[redacted]' },
  }
  const stdout = openStdout()
  if (!config.isDevelopment || !process.stdout.isTTY) return pino(options, stdout)
  const { default: prettyStream } = await import('pino-pretty')
  const terminal = new Writable({
    write(lines, _, done) {
      stdout.write(lines)
      done()
    },
  })
  return pino(
    options,
    prettyStream({ ignore: 'pid', translateTime: 'HH:MM:ss.l', colorize: true, destination: terminal }),
  )
}

/**
 * Written at once, so that the last line before a crash is there. A log that can't be written, as on a full disk,
 * stops nobody's work: `KEPT_BYTES` of its lines are kept, and written with the next one that can be.
 */
function openStdout() {
  const stdout = destination({ fd: 1, sync: true, maxLength: KEPT_BYTES, retryEAGAIN: () => false })
  stdout.on('error', () => {})
  return stdout
}

function atAnyDepth(field: string): string[] {
  return [field, `*.${field}`, `*.*.${field}`]
}
