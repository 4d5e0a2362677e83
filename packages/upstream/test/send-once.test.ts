import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { aClient, allowed, anUpstream, aTcpUpstream, json, nobody } from './upstream.ts'

const request = { prompt: 'a paper boat' }
const created = json(200, { id: 'video_1', status: 'queued' })

afterEach(() => {
  vi.useRealTimers()
})

describe('nothing is sent', () => {
  test('when nobody listens, and nothing is recorded', async () => {
    const record = vi.fn(allowed.record)
    const outcome = await aClient(await nobody()).submit(request, { ...allowed, record })
    expect(outcome).toMatchObject({
      kind: 'not_sent',
      recorded: false,
      reason: expect.stringContaining('REFUSED'),
    })
    expect(record).not.toHaveBeenCalled()
  })

  test('when TLS fails, and nothing is recorded', async () => {
    const upstream = await aTcpUpstream((socket) => socket.once('data', () => socket.end('no TLS here')))
    const record = vi.fn(allowed.record)
    const client = aClient(upstream.url.replace('http:', 'https:'))
    expect(await client.submit(request, { ...allowed, record })).toMatchObject({
      kind: 'not_sent',
      recorded: false,
    })
    expect(record).not.toHaveBeenCalled()
  })

  test('when the record says no', async () => {
    const upstream = await aTcpUpstream()
    const outcome = await aClient(upstream.url).submit(request, { ...allowed, record: async () => false })
    expect(outcome).toMatchObject({ kind: 'not_sent', recorded: false, notAsked: true })
    await seesNoByte(upstream)
  })

  test('when the record fails, though it may have been written', async () => {
    const upstream = await aTcpUpstream()
    const record = async () => {
      throw new Error('insert … parameters: secret')
    }
    const outcome = await aClient(upstream.url).submit(request, { ...allowed, record })
    expect(outcome).toMatchObject({
      kind: 'not_sent',
      recorded: true,
      reason: 'record failed',
    })
    await seesNoByte(upstream)
  })

  test('when the record took longer than the send window', async () => {
    const upstream = await aTcpUpstream()
    const record = () => new Promise<boolean>((resolve) => setTimeout(resolve, 60, true))
    const client = aClient(upstream.url, { sendWindowMs: 50 })
    expect(await client.submit(request, { ...allowed, record })).toEqual({
      kind: 'not_sent',
      recorded: true,
      notAsked: true,
      reason: 'send window passed',
    })
    await seesNoByte(upstream)
  })

  test('when the machine slept through the send window', async () => {
    const upstream = await aTcpUpstream()
    const record = async () => {
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 })
      return true
    }
    expect(await aClient(upstream.url).submit(request, { ...allowed, record })).toMatchObject({
      kind: 'not_sent',
      recorded: true,
      reason: 'send window passed',
    })
    await seesNoByte(upstream)
  })

  test('when the job was lost meanwhile', async () => {
    const upstream = await aTcpUpstream()
    let hasJob = true
    const record = async () => {
      hasJob = false
      return true
    }
    const outcome = await aClient(upstream.url).submit(request, { record, maySend: () => hasJob })
    expect(outcome).toEqual({ kind: 'not_sent', recorded: true, reason: 'job lost', notAsked: true })
    await seesNoByte(upstream)
  })

  test('when upstream reset the connection meanwhile', async () => {
    const upstream = await aTcpUpstream()
    const record = async () => {
      await expect.poll(() => upstream.connections.length).toBe(1)
      const [socket] = upstream.connections
      socket?.resetAndDestroy()
      await heard(upstream.port)
      return true
    }
    const outcome = await aClient(upstream.url).submit(request, { ...allowed, record })
    expect(outcome).toEqual({ kind: 'not_sent', recorded: true, reason: 'connection lost' })
  })
})

describe('nothing is sent over a connection on which upstream spoke first', () => {
  test.each([
    ['a 408', 'HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n', true],
    ['a 503', 'HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n', false],
    ['a video', 'HTTP/1.1 200 OK\r\ncontent-length: 14\r\n\r\n{"id":"other"}', false],
    ['the end of another answer', '"}\r\n', false],
    ['a greeting', '220 mail.example ESMTP\r\n', false],
  ])('with %s', async (_, bytes, ends) => {
    const upstream = await aTcpUpstream((socket) => (ends ? socket.end(bytes) : socket.write(bytes)))
    const record = async () => {
      await expect.poll(() => upstream.connections[0]?.bytesWritten).toBe(bytes.length)
      await heard(upstream.port)
      return true
    }
    const outcome = await aClient(upstream.url).submit(request, { ...allowed, record })
    expect(outcome).toEqual({ kind: 'not_sent', recorded: true, reason: 'upstream spoke first' })
    await seesNoByte(upstream, 2)
  })

  test('whose last word was that it ends', async () => {
    const upstream = await aTcpUpstream((socket) => socket.end())
    const record = async () => {
      await expect.poll(() => upstream.connections[0]?.writableFinished).toBe(true)
      await heard(upstream.port)
      return true
    }
    const outcome = await aClient(upstream.url).submit(request, { ...allowed, record })
    expect(outcome).toMatchObject({ kind: 'not_sent', recorded: true })
    await seesNoByte(upstream, 2)
  })
})

test('the record is written before the first byte leaves', async () => {
  const upstream = await anUpstream(created)
  let recorded = (_: boolean) => {}
  const record = vi.fn(() => new Promise<boolean>((resolve) => (recorded = resolve)))
  const client = aClient(upstream.url)
  const outcome = client.submit(request, { ...allowed, record })

  await expect.poll(() => record.mock.calls.length).toBe(1)
  await expect.poll(() => upstream.connections.length).toBe(1)
  await client.probe()
  expect(upstream.connections[0]?.bytesRead).toBe(0)
  expect(upstream.requests.map(({ method }) => method)).toEqual(['GET'])

  recorded(true)
  expect(await outcome).toMatchObject({ kind: 'created' })
  expect(upstream.requests.map(({ method }) => method)).toEqual(['GET', 'POST'])
  expect(record).toHaveBeenCalledTimes(1)
})

test('every submission has a connection of its own', async () => {
  const upstream = await anUpstream(created)
  const client = aClient(upstream.url)
  await client.retrieve('video_1' as never)
  for (let n = 0; n < 3; n++) await client.submit(request, allowed)
  await Promise.all([client.submit(request, allowed), client.submit(request, allowed)])
  expect(upstream.connections).toHaveLength(6)
})

test('a connection is closed when its submission is answered', async () => {
  const upstream = await anUpstream(created)
  await aClient(upstream.url).submit(request, allowed)
  await expect.poll(() => upstream.connections.every((socket) => socket.destroyed)).toBe(true)
})

describe('one connection is made, and one request at most', () => {
  test('when upstream closes it as soon as it is made', async () => {
    const upstream = await aTcpUpstream((socket) => socket.destroy())
    const outcome = await aClient(upstream.url).submit(request, allowed)
    expect(['not_sent', 'in_doubt']).toContain(outcome.kind)
    await noMore(upstream)
  })

  test('when upstream ends it while the record is written', async () => {
    const upstream = await aTcpUpstream((socket) => socket.end())
    const record = async () => {
      await expect.poll(() => upstream.connections[0]?.writableFinished).toBe(true)
      return true
    }
    const outcome = await aClient(upstream.url).submit(request, { ...allowed, record })
    expect(['not_sent', 'in_doubt']).toContain(outcome.kind)
    await noMore(upstream)
  })

  test('when upstream resets it at the first byte', async () => {
    const upstream = await aTcpUpstream((socket) => socket.once('data', () => socket.resetAndDestroy()))
    const outcome = await aClient(upstream.url).submit(request, allowed)
    expect(outcome).toMatchObject({ kind: 'in_doubt' })
    await noMore(upstream)
  })

  test('when upstream answers something that is not HTTP', async () => {
    const upstream = await aTcpUpstream((socket) => socket.once('data', () => socket.end('hello\r\n\r\n')))
    const outcome = await aClient(upstream.url).submit(request, allowed)
    expect(outcome).toMatchObject({ kind: 'in_doubt' })
    await noMore(upstream)
  })

  test('when upstream closes the connection after its answer', async () => {
    const upstream = await anUpstream((response, request) => {
      response.setHeader('connection', 'close')
      created(response, request)
    })
    expect(await aClient(upstream.url).submit(request, allowed)).toMatchObject({ kind: 'created' })
    await noMore(upstream)
  })
})

/** What was sent before has come: a connection made later hears of it later than the first. */
async function heard(port: number): Promise<void> {
  const later = connect(port, '127.0.0.1')
  await once(later, 'connect')
  later.destroy()
}

/** The connection ends without a byte. */
async function seesNoByte(
  upstream: Awaited<ReturnType<typeof aTcpUpstream>>,
  connections = 1,
): Promise<void> {
  await expect.poll(() => upstream.connections.every((socket) => socket.destroyed)).toBe(true)
  expect(upstream.connections).toHaveLength(connections)
  expect(upstream.received).toEqual([])
}

/** A connection that a second try had made would be here before this one of ours. */
async function noMore({ url, connections }: { url: string; connections: unknown[] }): Promise<void> {
  const before = connections.length
  await aClient(url).retrieve('video_1' as never)
  expect(before).toBe(1)
  expect(connections).toHaveLength(2)
}
