import { readFileSync } from 'node:fs'
import { type AddressInfo, connect } from 'node:net'
import { join } from 'node:path'
import tls from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { createProgressPublisher } from '../src/progress.ts'
import { aConnection, log, readyQueues, redisUrl, works } from './redis.ts'

const fixtures = join(import.meta.dirname, 'fixtures')
const cert = readFileSync(join(fixtures, 'localhost.crt'), 'utf8')
const key = readFileSync(join(fixtures, 'localhost.key'), 'utf8')

test('everything that goes to Redis goes over TLS', async () => {
  trust(cert)
  const front = await aTlsFront()
  const { queues, connection } = await readyQueues(front.url)
  expect(await connection.ping()).toBe('PONG')
  await queues.pause('submit', 1000)

  const subscriber = aConnection('subscriber', front.url)
  await expect.poll(() => works(() => subscriber.subscribe('a channel'))).toBe(true)
  const publish = createProgressPublisher({ connection, prefix: 'tls', log })
  await publish('nobody', { payload: { videoId: 'video_1' } } as never)
  expect(front.accepted()).toBeGreaterThan(1)
})

test('a certificate that nobody vouches for is refused', async () => {
  const front = await aTlsFront()
  const connection = aConnection('producer', front.url)
  await expect.poll(() => front.refused()).toBeGreaterThan(0)
  expect(connection.status).not.toBe('ready')
  expect(front.accepted()).toBe(0)
})

/** What NODE_EXTRA_CA_CERTS does at a process's start. */
function trust(authority: string): void {
  const before = tls.getCACertificates('default')
  tls.setDefaultCACertificates([...before, authority])
  onTestFinished(() => tls.setDefaultCACertificates(before))
}

/** TLS in front of the tests' Redis. */
async function aTlsFront() {
  const { hostname, port } = new URL(redisUrl)
  let accepted = 0
  let refused = 0
  const server = tls.createServer({ cert, key }, (socket) => {
    accepted += 1
    const redis = connect(Number(port), hostname)
    socket.pipe(redis).pipe(socket)
    for (const [one, other] of [
      [socket, redis],
      [redis, socket],
    ] as const)
      one.on('error', () => {}).on('close', () => other.destroy())
  })
  server.on('tlsClientError', () => {
    refused += 1
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const url = `rediss://localhost:${(server.address() as AddressInfo).port}`
  return { url, accepted: () => accepted, refused: () => refused }
}
