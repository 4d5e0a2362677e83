import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { migrate } from '@reelay/db/migrate'
import { createTestDatabase } from '@reelay/db/test-database'
import { removeFolder, throwawayFolder } from '@reelay/local-services/local-folder'
import { guardedSpawn, stopProcess } from '@reelay/local-services/processes/guard'
import { freePort } from '@reelay/local-services/stores/free-port'
import { startPostgres, startRedis } from '@reelay/local-services/stores/services'
import { expect, onTestFinished, test, vi } from 'vitest'

const main = join(import.meta.dirname, '../src/main.ts')
const HANGS_MS = 120_000

test('an idle worker stops though somebody holds a silent connection to it', async () => {
  const port = await freePort()
  const worker = await aWorkerProcess({ WORKER_PORT: String(port) })
  await worker.says('worker started')
  const silent = connect(port, '127.0.0.1')
  onTestFinished(() => void silent.destroy())
  await once(silent, 'connect')
  worker.child.kill('SIGTERM')
  expect(await worker.ended).toEqual([0, null])
})

test('an idle worker stops though Redis is frozen', async () => {
  const redis = await startRedis({ dir: aFolder() })
  onTestFinished(() => redis.stop())
  const worker = await aWorkerProcess({ REDIS_URL: redis.url })
  await worker.says('worker started')
  redis.freeze()
  worker.child.kill('SIGTERM')
  expect(await worker.ended).toEqual([0, null])
})

test('an idle worker stops though Postgres is frozen', async () => {
  const postgres = await startPostgres({ dir: aFolder(), fsync: false })
  onTestFinished(() => postgres.stop())
  await migrate(postgres.url)
  const worker = await aWorkerProcess({ DATABASE_URL: postgres.url })
  await worker.says('worker started')
  postgres.freeze()
  worker.child.kill('SIGTERM')
  expect(await worker.ended).toEqual([0, null])
})

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
  '%s ends a worker that has reached nothing yet',
  async (signal) => {
    const nowhere = `127.0.0.1:${await freePort()}`
    const worker = await aWorkerProcess({
      DATABASE_URL: `postgres://${nowhere}/none`,
      REDIS_URL: `redis://${nowhere}`,
    })
    await worker.says('postgres unavailable')
    worker.child.kill(signal)
    expect(await worker.ended).toEqual([0, null])
  },
)

async function aWorkerProcess(env: Record<string, string> = {}) {
  const database = env.DATABASE_URL ? undefined : await createTestDatabase()
  if (database) onTestFinished(() => database.drop())
  const child = guardedSpawn(process.execPath, [main], {
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: database?.url,
      REDIS_URL: process.env.REDIS_URL,
      REDIS_PREFIX: `stop-${process.pid}-${Date.now()}`,
      SORA_BASE_URL: 'http://127.0.0.1:9/v1',
      SORA_API_KEY: 'sk-test',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => stopProcess(child))
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
  const ended = once(child, 'exit')
  return {
    child,
    ended,
    says: (words: string) =>
      vi.waitUntil(
        () => {
          if (!text.includes(words) && child.exitCode !== null) throw new Error(`it ended, saying ${text}`)
          return text.includes(words)
        },
        { timeout: HANGS_MS, interval: 20 },
      ),
  }
}

function aFolder(): string {
  const folder = throwawayFolder('test')
  onTestFinished(() => removeFolder(folder))
  return folder
}
