import { firstCredential } from '@reelay/contracts/credential'
import type { ExternalTaskId } from '@reelay/contracts/task'
import { pino } from 'pino'
import { expect, test, vi } from 'vitest'
import { type After, pageOf } from '../../src/pages/page.ts'
import { createTrust } from '../../src/pages/trust.ts'
import { createWalk } from '../../src/pages/walk.ts'

const SIZE = 10
const idOf = (n: number) => `v${n}` as ExternalTaskId

type Of = {
  count: number
  isRunning?: (n: number) => boolean
  /** Which page comes after the one that begins behind a video. */
  next?: (n: number) => number
  beforeRead?: (after: After) => Promise<void> | void
}

/** Looks through a list of so many videos, newest first. */
function aWalk({ count, isRunning = () => true, next = (n) => n, beforeRead }: Of) {
  const found = new Map<ExternalTaskId, After>()
  const reads: After[] = []
  const read = async (after: After) => {
    reads.push(after)
    await beforeRead?.(after)
    const start = after === undefined ? 0 : next(Number(after.slice(1)) + 1)
    const shown = Array.from({ length: Math.min(SIZE, count - start) }, (_, n) => start + n)
    const last = shown.at(-1) ?? count
    const videos = shown.map((n) => {
      const status = isRunning(n) ? ('in_progress' as const) : ('completed' as const)
      return { id: idOf(n), status, rawStatus: status }
    })
    return pageOf(after, { kind: 'page', videos, next: last < count - 1 ? idOf(last) : undefined })
  }
  const trust = createTrust(firstCredential, pino({ level: 'silent' }))
  const places = { found: (id: ExternalTaskId, after: After) => void found.set(id, after) }
  return { ...createWalk({ pages: { read }, places, trust }), found, reads }
}

test('what is found behind many pages has its place there', async () => {
  const { lookFor, found, reads, isUnlisted } = aWalk({ count: 1000 })
  lookFor([idOf(3), idOf(705)])
  await vi.waitFor(() => expect(found.size).toBe(2))
  expect(found).toEqual(
    new Map([
      [idOf(3), undefined],
      [idOf(705), idOf(699)],
    ]),
  )
  expect(reads).toHaveLength(71)
  expect(isUnlisted(idOf(3))).toBe(false)
})

test.each<[string, Of, number]>([
  ['at the end of the list', { count: 25 }, 3],
  ['after ten pages of what has ended', { count: 1000, isRunning: (n) => n < 5 }, 11],
  ['after a thousand pages', { count: 20_000 }, 1000],
  ['where the list goes round', { count: 1000, next: (n) => n % 50 }, 6],
])('looking ends %s', async (_, list, pages) => {
  const { lookFor, isUnlisted, reads } = aWalk(list)
  lookFor([idOf(999_999)])
  await vi.waitFor(() => expect(isUnlisted(idOf(999_999))).toBe(true))
  expect(reads).toHaveLength(pages)
})

test('what the list says has ended is not looked for again at once', async () => {
  const { lookFor, isUnlisted, found } = aWalk({ count: 25, isRunning: (n) => n !== 12 })
  lookFor([idOf(12)])
  await vi.waitFor(() => expect(isUnlisted(idOf(12))).toBe(true))
  expect(found.size).toBe(0)
})

test('what is wanted meanwhile is found on the way, or looked for next', async () => {
  let isFirst = true
  const walk = aWalk({
    count: 100,
    beforeRead(after) {
      if (after !== idOf(49) || !isFirst) return
      isFirst = false
      walk.lookFor([idOf(5), idOf(55)])
    },
  })
  walk.lookFor([idOf(75)])
  await vi.waitFor(() => expect(walk.reads).toHaveLength(9))
  expect([...walk.found.keys()]).toEqual([idOf(75), idOf(5)])
  expect(walk.isUnlisted(idOf(55))).toBe(false)
})
