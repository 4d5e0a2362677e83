import type { ExternalTaskId } from '@reelay/contracts/task'
import { expect, test } from 'vitest'
import { pageOf } from '../../src/pages/page.ts'
import { createPlaces } from '../../src/pages/places.ts'

const SIZE = 10

/** A list that grows at its head, and pages of it. */
function aList() {
  const ids: ExternalTaskId[] = []
  const places = createPlaces()
  const kept = new Set<ExternalTaskId>()
  const pageAt = (after?: ExternalTaskId) => {
    const start = after === undefined ? 0 : ids.indexOf(after) + 1
    const shown = ids.slice(start, start + SIZE)
    const videos = shown.map((id) => ({ id, status: 'in_progress' as const, rawStatus: '' }))
    return pageOf(after, { kind: 'page', videos, next: start + SIZE < ids.length ? shown.at(-1) : undefined })
  }
  function grow(count: number): void {
    for (let n = 0; n < count; n += 1) ids.unshift(`v${ids.length}` as ExternalTaskId)
  }

  function read(after?: ExternalTaskId): void {
    places.learn(pageAt(after), (other) => kept.has(other))
  }

  return {
    ids,
    places,
    kept,
    grow,
    read,
    /** More than a page, each of them in its place. */
    begin(): void {
      grow(SIZE + 1)
      read()
      read(ids[0])
    },
    /** Those that are not where they are looked for. */
    astray: () => ids.filter((id) => !pageAt(places.of(id)).listed.has(id)),
    placed: () => new Set(ids.map(places.of)),
  }
}

test('a short list has one page', () => {
  const { grow, read, placed } = aList()
  grow(SIZE)
  read()
  expect([...placed()]).toEqual([undefined])
})

test.each([1, 2, 3, 5])('none is lost while %i come between two looks at the first page', (count) => {
  const { ids, begin, grow, read, astray, placed } = aList()
  begin()
  for (let look = 0; look < 30; look += 1) {
    read()
    grow(count)
    expect(astray()).toEqual([])
  }
  expect(placed().size).toBeLessThanOrEqual(Math.ceil((2 * ids.length) / SIZE))
})

test('the pages of a list that grows slowly are nearly full', () => {
  const { ids, begin, grow, read, placed } = aList()
  begin()
  for (let look = 0; look < 100; look += 1) {
    read()
    grow(1)
  }
  expect(placed().size).toBeLessThanOrEqual(1.2 * (ids.length / SIZE) + 2)
})

test('a video that has a place keeps it while its page is kept', () => {
  const { ids, places, kept, grow, read } = aList()
  grow(4 * SIZE)
  const [early, later] = [ids[5], ids[9]] as [ExternalTaskId, ExternalTaskId]
  const id = ids[12] as ExternalTaskId
  read(early)
  expect(places.of(id)).toBe(early)
  kept.add(early)
  read(later)
  expect(places.of(id)).toBe(early)
  kept.delete(early)
  read(later)
  expect(places.of(id)).toBe(later)
})

test('a place is lost only to the page that it names', () => {
  const { ids, places, grow, read } = aList()
  grow(4 * SIZE)
  const id = ids[12] as ExternalTaskId
  expect(places.lost(id, undefined)).toBe(true)
  read(ids[9])
  expect(places.lost(id, undefined)).toBe(false)
  expect(places.lost(id, ids[9])).toBe(true)
  places.found(id, ids[7])
  places.found(id, ids[9])
  expect(places.of(id)).toBe(ids[7])
})
