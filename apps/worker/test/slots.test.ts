import { expect, test, vi } from 'vitest'
import { createSlots } from '../src/slots.ts'

const NEVER_MS = 3_600_000

test('no more work runs at once than there are slots, and what waits goes in its order', async () => {
  const { take } = createSlots(2, NEVER_MS)
  const order: number[] = []
  const [first, second] = [await take(), await take()]
  const later = [1, 2, 3].map(async (n) => {
    const giveBack = await take()
    order.push(n)
    return giveBack
  })
  second()
  await later[0]
  expect(order).toEqual([1])
  first()
  ;(await later[1])?.()
  await Promise.all(later)
  expect(order).toEqual([1, 2, 3])
})

test('a slot that is given back twice is one slot', async () => {
  const { take } = createSlots(1, NEVER_MS)
  const giveBack = await take()
  giveBack()
  giveBack()
  await take()
  const taken = vi.fn()
  void take().then(taken)
  await new Promise(setImmediate)
  expect(taken).not.toHaveBeenCalled()
})

test('work that takes longer than its slot is lent keeps nobody waiting, and goes on', async () => {
  const { run } = createSlots(1, 20)
  const slow = Promise.withResolvers<string>()
  const going = run(() => slow.promise)
  expect(await run(async () => 'quick')).toBe('quick')
  slow.resolve('slow')
  expect(await going).toBe('slow')
})

test('work that fails gives its slot back', async () => {
  const { run } = createSlots(1, NEVER_MS)
  await expect(run(() => Promise.reject(new Error('it failed')))).rejects.toThrow('it failed')
  expect(await run(async () => 'next')).toBe('next')
})
