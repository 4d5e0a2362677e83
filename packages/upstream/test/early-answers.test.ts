import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { aPicture } from './attachments.ts'
import { aClient, aDialect, allowed, aTcpUpstream } from './upstream.ts'

const MEBIBYTE = 1024 * 1024
const prompt = 'a heron'
const asDataUrl = { dialect: aDialect({ create: { encoding: 'json' }, image: { how: 'string' } }) }

describe('an answer that comes before all is sent is heard', () => {
  const tooLarge = answerOf(413, { error: { message: 'Too large.', code: 'too_large' } })
  const refused = { kind: 'refused', upstreamCode: 'too_large', message: 'Too large.' }
  const badKey = answerOf(401, { error: { message: 'Wrong key.', code: 'invalid_api_key' } })

  test.each<[string, string, (socket: Socket) => unknown, object]>([
    ['a 413, and hangs up', tooLarge, (socket) => socket.destroy(), refused],
    ['a 413, and resets', tooLarge, (socket) => socket.resetAndDestroy(), refused],
    ['a 413, and ends', tooLarge, (socket) => socket.end(), refused],
    ['a 413, and reads no more', tooLarge, (socket) => socket.pause(), refused],
    ['a 413, and reads on', tooLarge, () => {}, refused],
    [
      'a 401, and hangs up',
      badKey,
      (socket) => socket.destroy(),
      { kind: 'not_now', reason: 'key_rejected' },
    ],
  ])('from one who says %s', async (_, answer, then, outcome) => {
    for (const options of [{}, asDataUrl]) {
      const upstream = await aTcpUpstream((socket) => {
        socket.once('data', () => socket.write(answer, () => then(socket)))
      })
      const request = { prompt, picture: await aPicture(8 * MEBIBYTE) }
      expect(await aClient(upstream.url, options).submit(request, allowed)).toMatchObject(outcome)
      expect(upstream.connections).toHaveLength(1)
    }
  })

  test('and no more is read for one who refuses', async () => {
    const upstream = await aTcpUpstream((socket) => socket.once('data', () => socket.write(tooLarge)))
    const block = Buffer.alloc(MEBIBYTE)
    let blocks = 0
    async function* endless() {
      for (; ; blocks += 1) yield block
    }
    const open = async () => Readable.from(endless())
    const picture = { name: 'a.png', type: 'image/png', bytes: Number.MAX_SAFE_INTEGER, open }
    expect(await aClient(upstream.url).submit({ prompt, picture }, allowed)).toMatchObject(refused)
    const before = blocks
    await aClient(upstream.url, { pollTimeoutMs: 200 }).retrieve('video_1' as never)
    expect(blocks).toBe(before)
  })

  test('and all is sent where it says yes', async () => {
    const half = '{"id":"video_1","status":'
    const upstream = await aTcpUpstream((socket) => {
      let received = Buffer.alloc(0)
      socket.once('data', () => socket.write(`HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n${half}`))
      socket.on('data', (bytes) => {
        received = Buffer.concat([received, bytes]).subarray(-100)
        if (received.toString('latin1').endsWith('--\r\n')) socket.end('"queued"}')
      })
    })
    const request = { prompt, picture: await aPicture(MEBIBYTE) }
    expect(await aClient(upstream.url).submit(request, allowed)).toMatchObject({
      ...{ kind: 'created', video: { id: 'video_1', status: 'queued' } },
    })
  })

  function answerOf(status: number, body: object): string {
    const text = JSON.stringify(body)
    const head = `HTTP/1.1 ${status} No\r\ncontent-type: application/json\r\ncontent-length: ${text.length}`
    return `${head}\r\n\r\n${text}`
  }
})
