import { type Logger, pino } from 'pino'

type LogConfig = { LOG_LEVEL: string; NODE_ENV: string }

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

/** The log of a process: JSON lines on stdout, or coloured ones on a developer's terminal. */
export async function createLog(name: 'api' | 'worker', config: LogConfig): Promise<Logger> {
  const options = {
    level: config.LOG_LEVEL,
    base: { process: name, pid: process.pid },
    redact: { paths: secretFields.flatMap(atAnyDepth), censor: '[redacted]' },
  }
  if (config.NODE_ENV !== 'development' || !process.stdout.isTTY) return pino(options)
  const { default: prettyStream } = await import('pino-pretty')
  return pino(options, prettyStream({ ignore: 'pid', translateTime: 'HH:MM:ss.l' }))
}

/** Lines are flat, but for an object or two. */
function atAnyDepth(field: string): string[] {
  return [field, `*.${field}`, `*.*.${field}`]
}
