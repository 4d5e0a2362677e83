import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** A process's configuration, as far as it says who may read its metrics. */
export type MetricsGuard = { METRICS_TOKEN?: string | undefined; NODE_ENV: string }

/**
 * Whether somebody may read the metrics: with the token where one is set; without one anybody while
 * developing, and in production only who asks from this machine and was not passed on by a proxy.
 */
export function mayReadMetrics({ headers, socket }: IncomingMessage, guard: MetricsGuard): boolean {
  const { METRICS_TOKEN: token } = guard
  if (token !== undefined) return isSame(headers.authorization ?? '', `Bearer ${token}`)
  if (guard.NODE_ENV !== 'production') return true
  return isLoopback(socket.remoteAddress) && !headers['x-forwarded-for'] && !headers.forwarded
}

function isLoopback(address = ''): boolean {
  return /^(::ffff:)?127\.|^::1$/.test(address)
}

function isSame(given: string, expected: string): boolean {
  return timingSafeEqual(digest(given), digest(expected))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
