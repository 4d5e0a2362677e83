import type { FastifyRateLimitStore } from '@fastify/rate-limit'
import { LRUCache } from 'lru-cache'

const MOST_CALLERS = 5000

/**
 * What this process has counted by itself in a window of `timeWindow` ms. The plugin's own store hands all requests of
 * one moment the same object, so that each of them is told the count of the last.
 */
export class OwnCounts implements FastifyRateLimitStore {
  #counts = new LRUCache<string, number>({ max: MOST_CALLERS })

  incr(key: string, tell: Parameters<FastifyRateLimitStore['incr']>[1], timeWindow: number): void {
    const current = (this.#counts.get(key) ?? 0) + 1
    this.#counts.set(key, current, { ttl: timeWindow, noUpdateTTL: true })
    tell(null, { current, ttl: this.#counts.getRemainingTTL(key) })
  }

  child(): OwnCounts {
    return new OwnCounts()
  }
}
