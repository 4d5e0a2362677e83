import { setTimeout as sleep } from 'node:timers/promises'
import type { FeedIdentity } from './identity.ts'
import type { FeedStream } from './stream.ts'

export type FeedTimes = { heartbeatMs: number; pingMs: number; maxAgeMs: number; slowCutMs: number }

type Attended = { stream: FeedStream; endsAt: number; keyId: string | undefined; beats: number }

const SLOTS = 15

/**
 * Looks after all streams of this process with one timer: heartbeats, spread over its slots, the end of a
 * stream's time, and the end of a client that takes nothing.
 */
export function createHeartbeats({ heartbeatMs, pingMs, maxAgeMs, slowCutMs }: FeedTimes) {
  const slots = Array.from({ length: SLOTS }, () => new Set<Attended>())
  const beatsPerPing = Math.max(1, Math.round(pingMs / heartbeatMs))
  let current = 0
  let closing = false
  const timer = setInterval(turn, heartbeatMs / SLOTS)

  return {
    /** Until its client leaves. A stream ends after two thirds to all of the greatest age, or with its token. */
    attend(stream: FeedStream, { expiresAt, keyId }: Pick<FeedIdentity, 'expiresAt' | 'keyId'>): () => void {
      const age = (maxAgeMs * (2 + Math.random())) / 3
      const slot = slots[Math.floor(Math.random() * SLOTS)] as Set<Attended>
      const attended = { stream, endsAt: Math.min(Date.now() + age, expiresAt), keyId, beats: 0 }
      slot.add(attended)
      if (closing) stream.end()
      return () => slot.delete(attended)
    },

    keyIds: () => new Set(slots.flatMap((slot) => [...slot].flatMap(({ keyId }) => keyId ?? []))),

    endThoseOf(keyId: string): void {
      for (const slot of slots)
        for (const attended of slot) if (attended.keyId === keyId) attended.stream.end()
    },

    size: () => slots.reduce((sum, { size }) => sum + size, 0),

    /** Ends all streams over `overMs`, so that their clients don't come back all at once; cuts who takes no end. */
    async close(overMs: number): Promise<void> {
      closing = true
      for (const slot of slots) {
        for (const { stream } of slot) stream.end()
        if (slot.size > 0) await sleep(overMs / SLOTS)
      }
      clearInterval(timer)
      for (const slot of slots) for (const { stream } of slot) stream.cut()
    },
  }

  function turn(): void {
    current = (current + 1) % SLOTS
    const now = Date.now()
    const stuckFrom = performance.now() - slowCutMs
    for (const [i, slot] of slots.entries()) {
      for (const attended of slot) {
        const { stream, endsAt } = attended
        const stuckSince = stream.stuckSince()
        if (stuckSince !== undefined && stuckSince < stuckFrom) stream.cut()
        else if (now >= endsAt) stream.end()
        else if (i === current) beat(attended)
      }
    }
  }

  function beat(attended: Attended): void {
    attended.beats += 1
    attended.stream.beat(attended.beats % beatsPerPing === 0 ? 'ping' : 'comment')
  }
}
