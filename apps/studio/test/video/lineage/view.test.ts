import { expect, test } from 'vitest'
import { card } from '../../../src/video/lineage/layout-tree.ts'
import {
  areaOf,
  centred,
  covers,
  fitted,
  isWithin,
  kept,
  panned,
  revealing,
  zoomed,
} from '../../../src/video/lineage/view.ts'

const size = { width: 800, height: 400 }
const bounds = { left: 0, top: -500, right: 2000, bottom: 500 }
const whole = { x: 0, y: 0, scale: 1 }

test('zooming keeps the point under the cursor where it is', () => {
  const at = { x: 300, y: 120 }
  const view = zoomed({ x: -40, y: 25, scale: 0.8 }, 1.5, at)
  expect(view.scale).toBeCloseTo(1.2)
  expect((at.x - view.x) / view.scale).toBeCloseTo((at.x + 40) / 0.8)
  expect((at.y - view.y) / view.scale).toBeCloseTo((at.y - 25) / 0.8)
})

test('zooming ends at its limits, and stays put there', () => {
  const largest = zoomed(whole, 1000, { x: 10, y: 10 })
  expect(zoomed(largest, 2, { x: 700, y: 300 })).toEqual(largest)
  expect(zoomed(whole, 0, { x: 10, y: 10 }).scale).toBeGreaterThan(0)
})

test('what is fitted is all in view', () => {
  const view = fitted(bounds, size)
  expect(covers(areaOf(view, size, 0), bounds)).toBe(true)
})

test('a small tree is fitted as large as it is, in the middle', () => {
  const view = fitted({ left: 0, top: 0, right: 200, bottom: 100 }, size)
  expect(view).toEqual({ scale: 1, x: 300, y: 150 })
})

test('a card that is centred has its middle in the middle', () => {
  const view = centred({ x: 500, y: 100 }, size, 0.5)
  expect(view.x + 0.5 * (500 + card.width / 2)).toBe(400)
  expect(view.y + 0.5 * (100 + card.height / 2)).toBe(200)
})

test('a card is revealed with the least move', () => {
  expect(revealing(whole, { x: 100, y: 100 }, size)).toEqual(whole)
  const moved = revealing(whole, { x: 1000, y: 100 }, size)
  expect(moved.y).toBe(0)
  expect(
    covers(areaOf(moved, size, 0), { left: 1000, top: 100, right: 1000 + card.width, bottom: 256 }),
  ).toBe(true)
})

test('a tree can’t be dragged out of sight', () => {
  for (const [x, y] of [
    [1e6, 1e6],
    [-1e6, -1e6],
  ] as const) {
    const area = areaOf(kept(panned(whole, x, y), bounds, size), size, 0)
    expect(area.left < bounds.right && area.right > bounds.left).toBe(true)
    expect(area.top < bounds.bottom && area.bottom > bounds.top).toBe(true)
  }
})

test('a card counts as in view while any of it is', () => {
  const area = { left: 0, top: 0, right: 800, bottom: 400 }
  expect(isWithin({ x: -card.width + 1, y: 0 }, area)).toBe(true)
  expect(isWithin({ x: -card.width - 1, y: 0 }, area)).toBe(false)
  expect(isWithin({ x: 0, y: 401 }, area)).toBe(false)
})
