import { randomBytes } from 'node:crypto'
import { createReadStream, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { aFolder } from '@reelay/local-services/testing/a-folder'
import { expect, test } from 'vitest'
import { freeOnceSent } from '../../src/content/free-once-sent.ts'

const bytes = randomBytes(500_000)

test('all of it is sent, and the memory of each chunk given back after that', async () => {
  const { client, received, chunks } = aClient()
  freeOnceSent(aFile()).pipe(client)
  await finished(client)
  expect(Buffer.concat(received).equals(bytes)).toBe(true)
  expect(chunks.length).toBeGreaterThan(1)
  expect(chunks.every(({ length }) => length === 0)).toBe(true)
})

test('a chunk that is a part of something larger is left as it is', async () => {
  const { client, chunks } = aClient()
  const whole = Buffer.concat([bytes])
  freeOnceSent(Readable.from([whole.subarray(0, 100_000), whole.subarray(100_000)])).pipe(client)
  await finished(client)
  expect(Buffer.concat(chunks).equals(bytes)).toBe(true)
})

test('a client that leaves lets the file go', async () => {
  const { client } = aClient(() => client.destroy())
  const file = freeOnceSent(aFile())
  file.pipe(client)
  await expect.poll(() => file.destroyed).toBe(true)
})

function aFile() {
  const path = join(aFolder(), 'clip')
  writeFileSync(path, bytes)
  return createReadStream(path)
}

/** Copies what it gets, and keeps what it was given to see what becomes of it. */
function aClient(onChunk: () => void = () => {}) {
  const received: Buffer[] = []
  const chunks: Buffer[] = []
  const client = new Writable({
    write(chunk: Buffer, _, callback) {
      received.push(Buffer.from(chunk))
      chunks.push(chunk)
      onChunk()
      setImmediate(callback)
    },
  })
  return { client, received, chunks }
}
