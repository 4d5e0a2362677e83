import { closeSync, openSync } from 'node:fs'
import { freePort } from '@reelay/local-services/stores/free-port'
import { expect, test, vi } from 'vitest'
import { type ApiProcess, aListeningApi, aSocket, startApi } from '../support/api-process.ts'
import { buildTestApp } from '../support/test-app.ts'

const fewDescriptors = ['sh', '-c', 'ulimit -n 256; exec "$0" "$@"']

test('an api without a descriptor left lives, and serves when there is one again', async () => {
  await using store = await buildTestApp()
  const api = await aListeningApi({ enter: fewDescriptors, env: storesOf(store) })
  const silent = await Promise.all(Array.from({ length: 320 }, () => aSocket(api)))
  // While some are refused, those that came first are waited for, and told so in the end.
  expect(await Promise.race(silent.map(({ closed }) => closed))).toMatch(/^$|^HTTP\/1\.1 408 /)
  await serves(api)
  for (const { socket } of silent) socket.destroy()
  await serves(api)
  expect(api.output()).not.toContain('nobody caught')
})

test('clients that only hold connections leave enough for Postgres', async () => {
  await using store = await buildTestApp()
  const api = await aListeningApi({ enter: fewDescriptors, env: storesOf(store) })
  const ours = await aSocket(api, 'GET /health HTTP/1.1\r\nhost: api\r\n\r\n')
  await ours.hears('alive')
  await Promise.all(Array.from({ length: 320 }, () => aSocket(api)))
  ours.socket.write('GET /health/ready HTTP/1.1\r\nhost: api\r\n\r\n')
  await ours.hears('"postgres":"ok"')
})

test.each(['a full disk', 'nobody who reads'])('an api whose log goes to %s serves on', async (where) => {
  await using store = await buildTestApp()
  const full = openSync('/dev/full', 'w')
  const isFull = where === 'a full disk'
  const api = startApi(await freePort(), { env: storesOf(store), ...(isFull && { stdout: full }) })
  closeSync(full)
  if (!isFull) api.child.stdout?.destroy()
  await serves(api)
  await serves(api)
  api.child.kill('SIGTERM')
  expect(await api.ended).toEqual([0, null])
})

function storesOf({ config }: Awaited<ReturnType<typeof buildTestApp>>) {
  return { DATABASE_URL: config.database.url, REDIS_PREFIX: config.redis.prefix }
}

async function serves({ child, origin }: ApiProcess) {
  await vi.waitFor(
    async () => {
      expect(child.exitCode).toBeNull()
      expect((await fetch(`${origin}/health/ready`)).status).toBe(200)
      expect((await fetch(`${origin}/api/video/tasks`)).status).toBe(401)
    },
    { interval: 100 },
  )
}
