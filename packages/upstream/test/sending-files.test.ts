import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { Readable } from 'node:stream'
import { describe, expect, test, vi } from 'vitest'
import type { Attachment } from '../src/attachment.ts'
import type { SubmitRequest } from '../src/client.ts'
import { aPicture } from './attachments.ts'
import { aClient, aDialect, allowed, anUpstream, aTcpUpstream, json } from './upstream.ts'

const MEBIBYTE = 1024 * 1024
const prompt = 'a heron'
const asDataUrl = { dialect: aDialect({ create: { encoding: 'json' }, image: { how: 'string' } }) }
const created = json(200, { id: 'video_1', status: 'queued' })

describe('nothing is sent, connected or recorded', () => {
  const gone = new Error('no such object')
  const failing = () => new Readable({ read: (): void => void failing }).destroy(gone)

  test.each<[string, Attachment['open']]>([
    ['when a file can’t be opened', () => Promise.reject(gone)],
    ['when a file can’t be read', async () => failing()],
    ['when a file is longer than was said', async () => Readable.from([Buffer.alloc(11)])],
    ['when a file is empty and should not be', async () => Readable.from([])],
  ])('%s', async (_, open) => {
    const upstream = await aTcpUpstream()
    const record = vi.fn(allowed.record)
    const picture = { name: 'picture.png', type: 'image/png', bytes: 10, open }
    for (const options of [{}, asDataUrl]) {
      const outcome = await aClient(upstream.url, options).submit({ prompt, picture }, { ...allowed, record })
      expect(outcome).toMatchObject({ kind: 'not_sent', recorded: false })
    }
    expect(record).not.toHaveBeenCalled()
    expect(upstream.connections).toEqual([])
  })

  test('when a file is gone from the disk', async () => {
    const upstream = await aTcpUpstream()
    const { path, ...picture } = await aPicture(10)
    await rm(path)
    const open = async () => createReadStream(path)
    expect(
      await aClient(upstream.url).submit({ prompt, picture: { ...picture, open } }, allowed),
    ).toMatchObject({
      ...{ kind: 'not_sent', recorded: false, reason: expect.stringContaining('ENOENT') },
    })
    expect(upstream.connections).toEqual([])
  })

  test('when the second of two files can’t be opened, and the first is closed', async () => {
    const edit = { verb: 'edit', path: '/edits', source: 'file', field: 'video', image: true }
    const first = Readable.from([Buffer.alloc(10)])
    const clip = { name: 'clip.mp4', type: 'video/mp4', bytes: 10, open: async () => first }
    const picture = { name: 'a.png', type: 'image/png', bytes: 10, open: () => Promise.reject(gone) }
    const upstream = await aTcpUpstream()
    const client = aClient(upstream.url, { dialect: aDialect({ derive: [edit] }) })
    expect(await client.submit({ prompt, source: { clip }, picture }, allowed)).toMatchObject({
      kind: 'not_sent',
    })
    expect(first.destroyed).toBe(true)
  })
})

test('files are closed when nobody may send', async () => {
  const upstream = await aTcpUpstream()
  const stream = Readable.from([Buffer.alloc(10)])
  const picture = { name: 'a.png', type: 'image/png', bytes: 10, open: async () => stream }
  await aClient(upstream.url).submit({ prompt, picture }, { ...allowed, maySend: () => false })
  expect(stream.destroyed).toBe(true)
  expect(upstream.received).toEqual([])
})

describe('it is in doubt, and sent over one connection,', () => {
  test.each([1, 1000, 100_000, 4 * MEBIBYTE])('when that is cut after %i bytes', async (most) => {
    let received = 0
    const upstream = await aTcpUpstream((socket) => {
      socket.on('data', (bytes) => {
        received += bytes.length
        if (received >= most) socket.resetAndDestroy()
      })
    })
    await isInDoubt(upstream, { picture: await aPicture(4 * MEBIBYTE) })
  })

  test('when that ends within the body', async () => {
    const upstream = await aTcpUpstream((socket) => socket.once('data', () => socket.end()))
    await isInDoubt(upstream, { picture: await aPicture(4 * MEBIBYTE) })
  })

  test('when a file can’t be read to its end', async () => {
    const upstream = await aTcpUpstream()
    const file = await aPicture(MEBIBYTE)
    const open = async () => Readable.from(thenFailing(await file.open()))
    await isInDoubt(upstream, { picture: { ...file, bytes: MEBIBYTE + 1, open } })
    await expect.poll(() => upstream.connections[0]?.destroyed).toBe(true)
    expect(Buffer.concat(upstream.received).includes('content-length: ')).toBe(true)
  })

  test('when a file grew meanwhile, of which no more is sent than was said', async () => {
    const upstream = await aTcpUpstream()
    const file = await aPicture(MEBIBYTE)
    await isInDoubt(upstream, { picture: { ...file, bytes: MEBIBYTE - 1 } })
    await expect.poll(() => upstream.connections[0]?.destroyed).toBe(true)
    const [head = '', ...body] = Buffer.concat(upstream.received).toString('latin1').split('\r\n\r\n')
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1])
    expect(body.join('\r\n\r\n').length).toBeLessThan(length)
  })

  async function isInDoubt(
    { url, port, connections }: Awaited<ReturnType<typeof aTcpUpstream>>,
    request: Omit<SubmitRequest, 'prompt'>,
  ) {
    const record = vi.fn(allowed.record)
    expect(await aClient(url).submit({ prompt, ...request }, { ...allowed, record })).toMatchObject({
      kind: 'in_doubt',
    })
    expect(record).toHaveBeenCalledTimes(1)
    // What had been sent a second time would have connected before this.
    const later = connect(port, '127.0.0.1')
    await once(later, 'connect')
    later.destroy()
    await expect.poll(() => connections.length).toBe(2)
  }
})

test('what upstream doesn’t take in time is in doubt', async () => {
  const upstream = await aTcpUpstream((socket) => socket.pause())
  const request = { prompt, picture: await aPicture(16 * MEBIBYTE) }
  expect(await aClient(upstream.url, { submitTimeoutMs: 500 }).submit(request, allowed)).toMatchObject({
    ...{ kind: 'in_doubt', reason: 'no answer in time' },
  })
})

test('a form with a file says the same as one without', async () => {
  const upstream = await anUpstream(created)
  const words = '雨中的纸船 🚤\r\n"two" lines\nthree\r--x--'
  const picture = { ...(await aPicture(3)), name: 'a "b"\n.png' }
  const client = aClient(upstream.url)
  for (const request of [{ prompt: words }, { prompt: words, picture }]) await client.submit(request, allowed)
  const forms = upstream.requests.map(({ headers, body }) => {
    const [, boundary = ''] = /boundary=(.*)$/.exec(headers['content-type'] ?? '') ?? []
    return body.split(`--${boundary}`)
  })
  expect(forms[1]?.[1]).toBe(forms[0]?.[1])
  expect(forms[1]?.[2]).toContain(
    'name="input_reference"; filename="a %22b%22%0A.png"\r\nContent-Type: image/png',
  )
  expect(forms.map((parts) => parts.at(-1))).toEqual(['--\r\n', '--\r\n'])
})

async function* thenFailing(stream: AsyncIterable<Uint8Array>) {
  yield* stream
  throw new Error('the store is away')
}
