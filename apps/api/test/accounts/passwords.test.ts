import { describe, expect, test } from 'vitest'
import { createPasswords } from '../../src/accounts/passwords.ts'
import { createPlaces } from '../../src/accounts/places.ts'

describe('a place', () => {
  test('is taken by as many as fit, in the order they came', async () => {
    const inPlace = createPlaces({ atOnce: 2, waiting: 10 })
    let running = 0
    let most = 0
    const order: number[] = []
    await Promise.all(
      Array.from({ length: 8 }, (_, n) =>
        inPlace(async () => {
          running += 1
          most = Math.max(most, running)
          order.push(n)
          await new Promise(setImmediate)
          running -= 1
        }),
      ),
    )
    expect(most).toBe(2)
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  })

  test('is refused when too many wait, and free again later', async () => {
    const inPlace = createPlaces({ atOnce: 1, waiting: 1 })
    const { promise, resolve } = Promise.withResolvers<void>()
    const [first, second] = [inPlace(() => promise), inPlace(async () => 'second')]
    await expect(inPlace(async () => {})).rejects.toMatchObject({ code: 'overloaded' })
    resolve()
    await first
    expect(await second).toBe('second')
    expect(await inPlace(async () => 'later')).toBe('later')
  })

  test('is given back by work that fails', async () => {
    const inPlace = createPlaces({ atOnce: 1, waiting: 0 })
    await expect(inPlace(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
    expect(await inPlace(async () => 'next')).toBe('next')
  })
})

test.each(['none', '', '$argon2id$v=19$m=1,t=1', undefined])(
  'nothing matches the stored hash %j',
  async (stored) => {
    expect(await createPasswords().verify('none', stored)).toBe(false)
  },
)

test('a password is compared with the parameters in its hash', async () => {
  const passwords = createPasswords()
  const stored = await passwords.hash('correct horse')
  expect(await passwords.verify('correct horse', stored)).toBe(true)
  expect(await passwords.verify('correct horse', stored.replace('t=2', 't=3'))).toBe(false)
})
