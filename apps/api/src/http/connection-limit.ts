import { readFileSync } from 'node:fs'

const LEAST_KEPT = 64
const KEPT_SHARE = 1 / 8

/**
 * How many connections of clients leave descriptors for Postgres, Redis, upstream and files: more are closed as soon as
 * they come, instead of all that this process needs. Undefined where the system doesn't tell its limit.
 */
export function mostConnections(limit = descriptorLimit()): number | undefined {
  return limit && Math.max(LEAST_KEPT, limit - Math.max(LEAST_KEPT, Math.ceil(limit * KEPT_SHARE)))
}

function descriptorLimit(): number | undefined {
  try {
    const [, soft] = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    return soft === undefined ? undefined : Number(soft)
  } catch {
    return undefined
  }
}
