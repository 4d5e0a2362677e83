import { expect, test } from 'vitest'
import { createTurns } from '../src/turns.ts'

const nextTurn = () => new Promise(setImmediate)

test('a crowd goes on in order, with turns of everybody else between', async () => {
  const turn = createTurns(100)
  const went: number[] = []
  const crowd = Array.from({ length: 20 }, (_, n) => turn().then(() => went.push(n)))
  let turns = 0
  for (; went.length < crowd.length; turns += 1) await nextTurn()
  expect(went).toEqual([...crowd.keys()])
  expect(turns).toBeGreaterThan(2 * crowd.length)
})

test('nobody waits long for turns that are long', async () => {
  const turn = createTurns(100)
  const went: number[] = []
  for (let n = 0; n < 3; n += 1) void turn().then(() => went.push(n))
  let turns = 0
  for (; went.length < 3 && turns < 20; turns += 1) {
    const until = performance.now() + 20
    while (performance.now() < until);
    await nextTurn()
  }
  expect(turns).toBeLessThan(8)
})
