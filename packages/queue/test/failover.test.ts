import { type Forwarder, startForwarder } from '@reelay/local-services/stores/forwarder'
import { Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import { isConnected } from '../src/connection.ts'
import { watchFailover } from '../src/failover.ts'
import { createProgressListener, createProgressPublisher } from '../src/progress.ts'
import { createQueues } from '../src/queues.ts'
import { aConnection, anUpdate, aPrefix, aRedis, aTask, log, works } from './redis.ts'

const SOON = { timeout: 20_000, interval: 50 }

test.each<[string, (stores: Stores) => Promise<void>]>([
  [
    'the old primary becomes a replica',
    async ({ older, newerPort }) => void (await older.replicaof('127.0.0.1', newerPort)),
  ],
  ['the old primary falls silent', async ({ forwarder }) => forwarder.silence()],
  ['the old primary ends', async ({ stopOlder }) => stopOlder()],
])('after a failover in which %s all connections lead to the new one', async (_, harm) => {
  const stores = await twoStores()
  const side = aProcess(stores)
  await expect.poll(() => side.failover.isWritable(), SOON).toBe(true)
  await side.addJob()
  await expect.poll(() => side.done.length, SOON).toBe(1)

  await stores.newer.replicaof('NO', 'ONE')
  stores.forwarder.moveTo(stores.newerPort)
  await harm(stores)

  // Each works on the new server, which nobody but they speaks to.
  await expect.poll(() => works(side.addJob), SOON).toBe(true)
  await expect.poll(() => side.done.length, SOON).toBeGreaterThan(1)
  const onNewer = await aPublisher(stores.newerPort, side.prefix)
  await expect
    .poll(async () => {
      await onNewer('user', anUpdate())
      return side.heard.length
    }, SOON)
    .toBeGreaterThan(0)
  await expect.poll(() => side.failover.isWritable(), SOON).toBe(true)
})

test('while Redis takes no writes it is not ready, and connections stay', async () => {
  const redis = await aRedis()
  const { url } = await redis.start()
  const admin = new Redis(url)
  onTestFinished(() => admin.disconnect())
  const probe = aConnection('producer', url)
  const other = aConnection('subscriber', url)
  const failover = watchFailover(probe, [other], aPrefix())
  onTestFinished(failover.close)
  await expect.poll(() => failover.isWritable(), SOON).toBe(true)
  let closed = 0
  other.on('close', () => {
    closed += 1
  })
  // NOREPLICAS: nothing is wrong with the address.
  await admin.config('SET', 'min-replicas-to-write', '1')
  await expect.poll(() => failover.isWritable(), SOON).toBe(false)
  await admin.config('SET', 'min-replicas-to-write', '0')
  await expect.poll(() => failover.isWritable(), SOON).toBe(true)
  expect([isConnected(other), closed]).toEqual([true, 0])
})

type Stores = Awaited<ReturnType<typeof twoStores>>

/** A primary behind an address that can move, and its replica. */
async function twoStores() {
  const [first, second] = [await aRedis(), await aRedis()]
  const [one, two] = [await first.start(), await second.start()]
  const [older, newer] = [new Redis(one.url), new Redis(two.url)]
  older.on('error', () => {})
  await newer.config('SET', 'repl-diskless-sync-delay', '0')
  await older.config('SET', 'repl-diskless-sync-delay', '0')
  await newer.replicaof('127.0.0.1', one.port)
  await expect
    .poll(async () => (await newer.info('replication')).includes('master_link_status:up'), SOON)
    .toBe(true)
  const forwarder: Forwarder = await startForwarder(one.port)
  onTestFinished(() => {
    older.disconnect()
    newer.disconnect()
    forwarder.close()
  })
  return { forwarder, older, newer, newerPort: two.port, stopOlder: () => one.stop() }
}

/** What a process has open: it adds jobs, does them, and listens. */
function aProcess({ forwarder }: Stores) {
  const url = `redis://127.0.0.1:${forwarder.port}`
  const prefix = aPrefix()
  const [producer, consumer, subscriber] = [
    aConnection('producer', url),
    aConnection('worker', url),
    aConnection('subscriber', url),
  ]
  const failover = watchFailover(producer, [consumer, subscriber], prefix)
  const queues = createQueues({ connection: producer, prefix })
  const done: string[] = []
  const heard: unknown[] = []
  const worker = new Worker('submit', async (job) => void done.push(job.id ?? ''), {
    connection: consumer,
    prefix: `{${prefix}}`,
    drainDelay: 2,
  })
  worker.on('error', () => {})
  const listener = createProgressListener({ connection: subscriber, prefix, log })
  void listener.listen('user', (update) => heard.push(update))
  onTestFinished(async () => {
    failover.close()
    await worker.close(true)
    await queues.close()
  })
  return { prefix, failover, done, heard, addJob: () => queues.enqueueSubmit(aTask()) }
}

async function aPublisher(port: number, prefix: string) {
  const connection = aConnection('producer', `redis://127.0.0.1:${port}`)
  await expect.poll(() => isConnected(connection), SOON).toBe(true)
  return createProgressPublisher({ connection, prefix, log })
}
