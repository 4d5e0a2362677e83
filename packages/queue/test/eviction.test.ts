import { Redis } from 'ioredis'
import { pino } from 'pino'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { EvictingRedisError, MissingDatabaseError, watchEviction } from '../src/eviction.ts'
import { readEvictionPolicy } from '../src/redis-state.ts'
import { aConnection, aRedis } from './redis.ts'

let lines: string[]
const log = pino({ base: null }, { write: (line) => void lines.push(line) })
beforeEach(() => {
  lines = []
})

test('a Redis that keeps every key is taken without a word', async () => {
  const { url } = await aRedisThat()
  for (const production of [true, false])
    await watchEviction(aConnection('producer', url), { production, log })
  expect(lines).toEqual([])
})

test('production refuses a Redis that evicts and says how to change it', async () => {
  const { url } = await aRedisThat('CONFIG SET maxmemory-policy allkeys-lru')
  const watching = watchEviction(aConnection('producer', url), { production: true, log })
  await expect(watching).rejects.toThrow(EvictingRedisError)
  await expect(watching).rejects.toThrow(/allkeys-lru.*Set it to noeviction/)
})

test('development is warned of a Redis that evicts', async () => {
  const { url } = await aRedisThat('CONFIG SET maxmemory-policy volatile-ttl')
  await watchEviction(aConnection('producer', url), { production: false, log })
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ level: 40, msg: 'redis may evict keys' }])
})

test('a policy that changes while Redis is away is told and ends nothing', async () => {
  const { url, kill, restart } = await aRedisThat()
  const connection = aConnection('producer', url)
  await watchEviction(connection, { production: true, log })
  kill()
  await restart('CONFIG SET maxmemory-policy allkeys-lru')
  connection.disconnect(true)
  await expect.poll(() => lines.map((line) => JSON.parse(line).msg)).toContain('redis may evict keys')
})

test.each([
  ['CONFIG is forbidden', '-config', 'allkeys-lru'],
  ['INFO is forbidden', '-info', 'allkeys-lru'],
  ['both are forbidden', '-info -config', undefined],
])('the policy is found where it can be when %s', async (_, rules, expected) => {
  const { url } = await aRedisThat(
    'CONFIG SET maxmemory-policy allkeys-lru',
    `ACL SETUSER guest on nopass ~* &* +@all ${rules}`,
  )
  const guest = url.replace('redis://', 'redis://guest:any@')
  const connection = aConnection('worker', guest)
  expect(await readEvictionPolicy(connection)).toBe(expected)

  const watching = watchEviction(connection, { production: true, log })
  if (expected) await expect(watching).rejects.toThrow(EvictingRedisError)
  else {
    await watching
    expect(lines.join()).toContain('does not tell its maxmemory-policy')
  }
})

test('a database that Redis doesn’t have is refused, and one that it has is taken', async () => {
  const { url } = await aRedisThat()
  for (const kind of ['producer', 'worker'] as const) {
    await watchEviction(aConnection(kind, `${url}/15`), { production: false, log })
    const watching = watchEviction(aConnection(kind, `${url}/16`), { production: false, log })
    await expect(watching).rejects.toThrow(MissingDatabaseError)
    await expect(watching).rejects.toThrow('REDIS_URL: this Redis has no database 16')
  }
})

/** A Redis of the test's own that was told these commands. */
async function aRedisThat(...commands: string[]) {
  const redis = await aRedis()
  const { url } = await redis.start()
  const tell = async (...told: string[]) => {
    const client = new Redis(url, { retryStrategy: () => 50 })
    onTestFinished(() => client.disconnect())
    for (const command of told) {
      const [name = '', ...args] = command.split(' ')
      await client.call(name, ...args)
    }
  }
  await tell(...commands)
  const restart = async (...told: string[]) => {
    await redis.start()
    await tell(...told)
  }
  return { url, kill: redis.kill, restart }
}
