import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { guardedSpawn } from '@reelay/local-services/processes/guard'
import { afterAll, expect, onTestFinished, test } from 'vitest'

const apps = join(import.meta.dirname, '../..')
const environment = {
  DATABASE_URL: 'postgres://127.0.0.1:1/reelay',
  REDIS_URL: 'redis://127.0.0.1:1',
  JWT_SECRET: 'a secret of the tests, long enough',
  SORA_BASE_URL: 'http://127.0.0.1:9/v1',
  SORA_API_KEY: 'sk-test',
}

const taken = createServer().listen(0, '127.0.0.1')
await once(taken, 'listening')
const port = String((taken.address() as AddressInfo).port)
afterAll(() => void taken.close())

test.each([
  ['api', { PORT: port }, `Can’t listen: PORT: ${port} of 127.0.0.1 is taken by another process`],
  ['api', { PORT: '3999', HOST: '192.0.2.1' }, 'Can’t listen: HOST: 192.0.2.1 is no address of this machine'],
  [
    'worker',
    { WORKER_PORT: port },
    `Can’t listen: WORKER_PORT: ${port} of 127.0.0.1 is taken by another process`,
  ],
  [
    'worker',
    { WORKER_PORT: '3999', WORKER_HOST: '192.0.2.1' },
    'Can’t listen: WORKER_HOST: 192.0.2.1 is no address of this machine',
  ],
  ['simulator', { SIMULATOR_PORT: port }, 'SIMULATOR_HOST, SIMULATOR_PORT: '],
])('%s with %j ends with one line', async (app, own, line) => {
  const child = guardedSpawn(process.execPath, [join(apps, app, 'src/main.ts')], {
    env: { ...process.env, ...environment, ...own },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let problem = ''
  child.stderr?.on('data', (text) => {
    problem += text
  })
  const [code] = await once(child, 'close')
  expect(code).toBe(1)
  expect(problem).toMatch(/^.*\n$/)
  expect(problem).toContain(line)
})
