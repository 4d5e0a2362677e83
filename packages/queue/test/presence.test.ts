import { expect, test } from 'vitest'
import { createPresence } from '../src/presence.ts'
import { keyPrefix } from '../src/queues.ts'
import { aConnection, aPrefix } from './redis.ts'

test('workers are counted while they stay, each once', async () => {
  const { presence } = somePresence()
  expect(await presence.count()).toBe(0)
  for (const worker of ['one', 'two', 'one']) await presence.stay(worker)
  expect(await presence.count()).toBe(2)
  await presence.leave('one')
  expect(await presence.count()).toBe(1)
})

test('a worker that fell silent counts no more, and is forgotten', async () => {
  const { presence, connection, key } = somePresence()
  await presence.stay('silent')
  await connection.zincrby(key, -15_001, 'silent')
  expect(await presence.count()).toBe(0)
  await presence.stay('another')
  expect(await connection.zrange(key, 0, '-1')).toEqual(['another'])
  expect(await connection.pttl(key)).toBeGreaterThan(0)
  expect(await connection.pttl(key)).toBeLessThanOrEqual(15_000)
})

test('without Redis nobody waits', async () => {
  const connection = aConnection('producer', 'redis://127.0.0.1:1')
  const presence = createPresence({ connection, prefix: aPrefix() })
  await expect(presence.stay('one')).rejects.toThrow()
  await expect(presence.count()).rejects.toThrow()
})

function somePresence() {
  const prefix = aPrefix()
  const connection = aConnection('worker')
  return {
    connection,
    key: `${keyPrefix(prefix)}:workers`,
    presence: createPresence({ connection, prefix }),
  }
}
