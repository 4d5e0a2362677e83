import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

export type MetricsGuard = { token?: string | undefined; isProduction: boolean }

/**
 * Whether somebody may read the metrics: with the token where one is set; without one anybody while
 * developing, and in production only who asks from this machine and was not passed on by a proxy.
 */
export function mayReadMetrics({ headers, socket }: IncomingMessage, guard: MetricsGuard): boolean {
  const { token, isProduction } = guard
  if (token !== undefined) return isSame(headers.authorization ?? '', `Bearer ${token}`)
  if (!isProduction) return true
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
