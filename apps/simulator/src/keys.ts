import { createHash } from 'node:crypto'
import { z } from 'zod'
import { Problem } from './problem.ts'
import { isFinished, type Video } from './videos.ts'

const limit = z.number().int().positive().nullable()
const limits = {
  /** How many videos it may have running; null is no limit, and without it the dialect's own holds. */
  maxRunning: limit.optional(),
  submitsPerMinute: limit.optional(),
  revoked: z.boolean().optional(),
}

export const newKey = z.object({ key: z.string().min(1), name: z.string().min(1).optional(), ...limits })
export const keyChange = z.strictObject(limits)
export type NewKey = z.output<typeof newKey>
export type KeyChange = z.output<typeof keyChange>

/**
 * `refused` counts requests that came while it was revoked, `limited` submissions that a limit refused. `recent` tells
 * when it made the videos of the last minute.
 */
export interface Key {
  name: string
  revoked: boolean
  maxRunning: number | null | undefined
  submitsPerMinute: number | null
  requests: number
  refused: number
  made: number
  mostRunning: number
  limited: number
  running: Video[]
  recent: number[]
}

export type Keys = ReturnType<typeof createKeys>

/** The keys that upstream knows, what each may do, and what it did. */
export function createKeys(given: NewKey[]) {
  const keys = new Map<string, Key>()
  const add = (key: NewKey) => addTo(keys, key)
  given.forEach(add)

  return {
    find: (secret: string) => keys.get(secret),
    add,

    change(name: string, change: KeyChange): void {
      const key = [...keys.values()].find((candidate) => candidate.name === name)
      if (!key) throw new Problem('no_such_key', `There is no key named '${name}'.`, { param: 'name' })
      Object.assign(key, definedOf(change))
    },

    /** Everything about them but what they are. */
    read() {
      return [...keys.values()].map(({ recent: _, running, ...key }) => {
        return { ...key, maxRunning: key.maxRunning ?? null, running: running.filter(isRunning).length }
      })
    },

    reset() {
      keys.clear()
      given.forEach(add)
    },
  }
}

/** Refuses what is beyond the limits of a key. */
export function admit(key: Key, usualMaxRunning: number | null = null): void {
  const now = Date.now()
  key.running = key.running.filter(isRunning)
  key.recent = key.recent.filter((at) => at > now - 60_000)
  const { maxRunning = usualMaxRunning, submitsPerMinute, running, recent } = key

  if (maxRunning !== null && running.length >= maxRunning) {
    key.limited += 1
    throw new Problem('too_many_running', `Too many running tasks: ${running.length}`)
  }
  if (submitsPerMinute !== null && recent.length >= submitsPerMinute) {
    key.limited += 1
    const waitMs = (recent[0] ?? now) + 60_000 - now
    const headers = { 'retry-after': String(Math.ceil(waitMs / 1000)) }
    throw new Problem('rate_limited', 'Rate limit reached.', { headers })
  }
}

export function countMade(key: Key, video: Video): void {
  key.made += 1
  key.recent.push(Date.now())
  key.running.push(video)
  key.mostRunning = Math.max(key.mostRunning, key.running.filter(isRunning).length)
}

function isRunning(video: Video): boolean {
  return !video.cancelled && !isFinished(video)
}

function addTo(keys: Map<string, Key>, { key, name, maxRunning, submitsPerMinute, revoked }: NewKey): void {
  const called = name ?? createHash('sha256').update(key).digest('hex').slice(0, 8)
  if (keys.has(key) || [...keys.values()].some((other) => other.name === called)) {
    throw new Problem('invalid', `There is a key named '${called}' already.`, { param: 'name' })
  }
  keys.set(key, {
    name: called,
    revoked: revoked ?? false,
    maxRunning,
    submitsPerMinute: submitsPerMinute ?? null,
    requests: 0,
    refused: 0,
    made: 0,
    mostRunning: 0,
    limited: 0,
    running: [],
    recent: [],
  })
}

function definedOf(change: KeyChange): Partial<Key> {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
}
