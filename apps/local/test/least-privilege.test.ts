import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createClient } from '@reelay/client/client'
import { openDatabase } from '@reelay/db/client'
import { createTestDatabase } from '@reelay/db/test-database'
import { removeFolder, temporaryFolder } from '@reelay/local-services/local-folder'
import { guardedSpawn, stopProcess } from '@reelay/local-services/processes/guard'
import { findRedisServer } from '@reelay/local-services/programs/redis-server'
import { freePort } from '@reelay/local-services/stores/free-port'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { parse } from 'yaml'
import { startStack } from '../src/stack.ts'
import { root } from './manifests.ts'

const admin = { username: 'operator', password: 'Tq7-vexing-Marsh' }
const password = randomBytes(16).toString('hex')

let world: Awaited<ReturnType<typeof startWorld>>

/** The users that the processes are given: what grants.sql and docker-compose.yml allow. */
async function startWorld() {
  await using started = new AsyncDisposableStack()
  const dir = started.adopt(temporaryFolder(), removeFolder)
  const database = started.adopt(await createTestDatabase(), ({ drop }) => drop())
  const redis = started.adopt(await startComposedRedis(dir), ({ stop }) => stop())
  const databaseUrl = await database.asApp()
  const env = { DATABASE_URL: databaseUrl, REDIS_URL: redis.url, REDIS_PREFIX: 'reelay' }
  const stack = started.adopt(
    await startStack({
      dir,
      workers: 1,
      ownerUrl: database.url,
      env: {
        ...env,
        NODE_ENV: 'production',
        ADMIN_USERNAME: admin.username,
        ADMIN_PASSWORD: admin.password,
        SIMULATOR_QUEUED_MS: '300',
        SIMULATOR_RENDER_MS: '1000',
        POLL_INTERVAL_MS: '300',
        SWEEP_INTERVAL_MS: '500',
      },
    }),
    ({ stop }) => stop(),
  )
  const app = started.adopt(openDatabase(databaseUrl, { max: 1 }), ({ close }) => close())
  const all = started.move()
  return { dir, stack, redis, app, stop: () => all.disposeAsync() }
}

beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world?.stop())

test('everything a client does works with no right that isn’t named, and nothing is refused meanwhile', async () => {
  const { stack, redis, dir } = world
  const guest = createClient({ baseUrl: stack.apiUrl, feedAuth: 'ticket' })
  await guest.register({ username: 'traveller', email: 'traveller@example.org', password: 'a long way home' })
  const client = await guest.login('traveller', 'a long way home')
  const { videoId } = await client.createTask({ prompt: 'a red kite' })
  expect((await Array.fromAsync(client.follow(videoId))).at(-1)).toMatchObject({ status: 'COMPLETED' })
  const remix = await client.remix(videoId, { prompt: 'the kite at night', clientRequestId: 'one' })
  expect((await Array.fromAsync(client.follow(remix.videoId))).at(-1)).toMatchObject({ status: 'COMPLETED' })
  const { descendants } = await client.lineage(videoId)
  expect(descendants.map(({ task }) => task?.videoId)).toEqual([remix.videoId])
  const { events } = await client.timeline(videoId)
  expect(events.map(({ what }) => what)).toContain('completed')

  const cancelled = await client.remix(videoId, { prompt: 'the kite in snow' })
  await client.cancel(cancelled.videoId)
  await client.retry(cancelled.videoId)
  await vi.waitFor(async () => expect((await client.task(cancelled.videoId)).status).toBe('COMPLETED'))

  const operator = await vi.waitFor(() => guest.login(admin.username, admin.password))
  const headers = { authorization: `Bearer ${operator.token}` }
  const read = (path: string) => fetch(`${stack.apiUrl}${path}`, { headers })
  for (const path of [
    '/metrics',
    '/admin/queues/api/queues?activeQueue=submit',
    `/admin/tasks/${videoId}`,
    '/admin/lanes/default/default/17',
  ])
    expect((await read(path)).status, path).toBe(200)
  for (const path of ['upstreams', 'queues', 'in-doubt', `tasks/search?id=${videoId}`])
    expect((await read(`/api/admin/${path}`)).status, path).toBe(200)
  const { data } = (await (await read('/api/admin/queues')).json()) as { data: { workers: number } }
  expect(data.workers).toBe(1)
  const metrics = await (await read('/metrics')).text()
  expect(metrics).toMatch(/^reelay_redis_noeviction 1$/m)

  expect(await redis.refusals()).toEqual([])
  const logs = readdirSync(join(dir, 'logs')).map((file) => readFileSync(join(dir, 'logs', file), 'utf8'))
  expect(logs.join('\n')).not.toMatch(/failed: 42501|NOPERM|permission|maxmemory-policy|step failed/)
})

test.each([
  'create table more ()',
  'alter table users add column more text',
  'drop table leases',
  'truncate leases',
  'create function more() returns int language sql as $$ select 1 $$',
  'drop function may_submit',
  'create schema more',
  'delete from submissions',
  'delete from video_tasks',
  'delete from users',
  'delete from task_events',
  "update task_events set what = 'created'",
  "update users set role = 'ADMIN'",
  'select * from pg_authid',
  "select pg_read_file('/etc/passwd')",
  "copy users to program 'cat'",
  'create user another',
  'alter database postgres rename to another',
  'create extension dblink',
  'alter system set fsync = off',
  'select * from drizzle.__drizzle_migrations',
])('Postgres refuses the processes: %s', async (statement) => {
  const refusal = await world.app.db.execute(statement).catch(({ cause }) => cause)
  expect(refusal).toMatchObject({ code: '42501' })
})

test.each([
  'FLUSHALL',
  'FLUSHDB',
  'CONFIG GET maxmemory',
  'CONFIG SET maxmemory-policy allkeys-lru',
  'DEBUG SLEEP 0',
  'KEYS *',
  'ACL LIST',
  'SHUTDOWN NOSAVE',
  'REPLICAOF NO ONE',
  'MONITOR',
  'CLIENT LIST',
  'MODULE LIST',
  'SLOWLOG GET',
  'GET another',
  'SET another value',
  'PUBLISH another message',
])('Redis refuses the processes: %s', async (command) => {
  const [name = '', ...args] = command.split(' ')
  await expect(world.redis.client.call(name, ...args)).rejects.toThrow(/^NOPERM/)
})

test('Redis lets nobody in without the password', async () => {
  const stranger = new Redis(world.redis.url.replace(/\/\/.*@/, '//'), {
    lazyConnect: true,
    retryStrategy: null,
  })
  stranger.on('error', () => {})
  await expect(stranger.ping()).rejects.toThrow(/NOAUTH/)
  stranger.disconnect()
})

/** The Redis of docker-compose.yml as it is started there, but for what a container would give it. */
async function startComposedRedis(dir: string) {
  const compose = parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), { merge: true })
  const [shell, flag, script] = compose.services.redis.command as string[]
  const { command, env } = await findRedisServer()
  const port = await freePort()
  const own = `--port ${port} --bind 127.0.0.1 --dir ${dir} --enable-debug-command yes --user watcher on nopass +acl`
  const text = `${String(script).replaceAll('$$', '$').replace('redis-server', command)} ${own}`
  const child = guardedSpawn(String(shell), [String(flag), text], {
    env: { ...env, REDIS_PASSWORD: password },
    stdio: 'ignore',
  })
  const url = `redis://reelay:${password}@127.0.0.1:${port}`
  const client = new Redis(url, { maxRetriesPerRequest: null })
  const watcher = new Redis(`redis://watcher:any@127.0.0.1:${port}`, { enableReadyCheck: false })
  for (const each of [client, watcher]) each.on('error', () => {})
  await client.ping()
  return {
    url,
    client,
    /** What users were refused. */
    refusals: () => watcher.call('ACL', 'LOG') as Promise<unknown[]>,
    async stop() {
      client.disconnect()
      watcher.disconnect()
      await stopProcess(child)
    },
  }
}
