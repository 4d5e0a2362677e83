import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { type Answer, aClient, anUpstream, id } from './upstream.ts'

const clip = Buffer.alloc(400_000, '\0clip')
clip.write('\0\0\0\x18ftypmp42', 'latin1')
const total = clip.length
const mp4 = { 'content-type': 'video/mp4' }

/** Breaks off after so many bytes of each answer, and honours ranges. */
function cutting(after: number, headersOf: (nth: number) => Record<string, string> = () => ({})) {
  let nth = 0
  const answer: Answer = (response, { headers, url }) => {
    if (!url?.endsWith('/content')) return response.writeHead(404).end()
    nth += 1
    const [, from, suffix] = /^bytes=(\d*)-(\d*)/.exec(headers.range ?? '') ?? []
    const first = from === '' ? total - Number(suffix) : Number(from ?? 0)
    const range = { 'content-range': `bytes ${first}-${total - 1}/${total}` }
    const length = { 'content-length': String(total - first) }
    response.writeHead(from !== undefined ? 206 : 200, {
      ...mp4,
      ...length,
      ...(from !== undefined && range),
      ...headersOf(nth),
    })
    const isLast = first + after >= total
    response.write(clip.subarray(first, first + after), () => isLast || response.destroy())
  }
  return anUpstream(answer)
}

async function open(baseUrl: string, range?: string) {
  const content = await aClient(baseUrl).openContent(id, { range, signal: new AbortController().signal })
  if (content.kind !== 'bytes') throw new Error(JSON.stringify(content))
  return content
}

describe('a clip that breaks off', () => {
  test.each([undefined, 'bytes=1000-', 'bytes=-300000'])('is gone on with (%s)', async (range) => {
    const upstream = await cutting(150_000, () => ({ etag: '"one"' }))
    const from = { 'bytes=1000-': 1000, 'bytes=-300000': total - 300_000 }[range ?? ''] ?? 0
    const read = await buffer((await open(upstream.url, range)).body)
    expect(clip.subarray(from).equals(read)).toBe(true)
  })

  test('is gone on with only while it is the same', async () => {
    const upstream = await cutting(150_000, (nth) => ({ etag: `"${nth}"` }))
    await expect(buffer((await open(upstream.url)).body)).rejects.toThrow()
  })

  test('again and again without getting on fails in the end', async () => {
    const upstream = await cutting(1000)
    await expect(buffer((await open(upstream.url)).body)).rejects.toThrow()
    expect(upstream.requests.length).toBeLessThan(10)
  })

  test('fails where ranges are ignored', async () => {
    const upstream = await anUpstream((response) => {
      response.writeHead(200, { ...mp4, 'content-length': total })
      response.write(clip.subarray(0, 100_000), () => response.destroy())
    })
    await expect(buffer((await open(upstream.url)).body)).rejects.toThrow()
  })

  test('fails where its length is not known', async () => {
    const upstream = await anUpstream((response) => {
      response.writeHead(200, mp4).write(clip.subarray(0, 100_000), () => response.destroy())
    })
    await expect(buffer((await open(upstream.url)).body)).rejects.toThrow()
  })

  test('fails where it was coded', async () => {
    const coded = gzipSync(Buffer.concat([clip, Buffer.from(crypto.getRandomValues(new Uint8Array(60_000)))]))
    const upstream = await anUpstream((response) => {
      response.writeHead(200, { ...mp4, 'content-encoding': 'gzip', etag: '"one"' })
      response.end(coded.subarray(0, coded.length - 30_000))
    })
    const { body, header } = await open(upstream.url)
    expect(header('etag')).toBe('W/"one"')
    await expect(buffer(body)).rejects.toThrow()
  })
})

test('a range that ends early is not taken for whole', async () => {
  const upstream = await anUpstream((response, request) => {
    if (!request.headers.range) return response.writeHead(500).end()
    response.writeHead(206, { ...mp4, 'content-range': `bytes 0-99/${total}` }).end(clip.subarray(0, 50))
  })
  await expect(buffer((await open(upstream.url, 'bytes=0-99')).body)).rejects.toThrow()
})

test('a range that goes on is cut', async () => {
  const upstream = await anUpstream((response) => {
    response.writeHead(206, { ...mp4, 'content-range': `bytes 0-99/${total}` }).end(clip)
  })
  expect(await buffer((await open(upstream.url, 'bytes=0-99')).body)).toEqual(clip.subarray(0, 100))
})

test('a clip that stalls is let go with its stream', async () => {
  const upstream = await anUpstream((response) => {
    response.writeHead(200, { ...mp4, 'content-length': total }).write(clip.subarray(0, 1000))
  })
  const { body } = await open(upstream.url)
  const first = await new Promise((resolve) => body.once('data', resolve))
  expect(first).toEqual(clip.subarray(0, 1000))
  body.destroy()
  await expect.poll(() => upstream.connections.every(({ destroyed }) => destroyed)).toBe(true)
})

test('parts that are read to their end share connections', async () => {
  const upstream = await anUpstream((response, { headers }) => {
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? []
    const range = { 'content-range': `bytes ${first}-${last}/${total}` }
    response.writeHead(206, { ...mp4, ...range, 'content-length': Number(last) + 1 - Number(first) })
    response.end(clip.subarray(Number(first), Number(last) + 1))
  })
  const client = aClient(upstream.url)
  for (let at = 0; at < 5; at += 1) {
    const range = `bytes=${at * 50_000}-${at * 50_000 + 49_999}`
    const content = await client.openContent(id, { range, signal: new AbortController().signal })
    if (content.kind === 'bytes') expect((await buffer(content.body)).length).toBe(50_000)
  }
  expect(upstream.connections.length).toBeLessThan(3)
})

test.each([
  ['"abc"', '"abc"'],
  ['W/"abc"', 'W/"abc"'],
  ['abc', '"abc"'],
  ['W/abc', 'W/"abc"'],
  ['"a b"', undefined],
  ['""', undefined],
  ['"abc', undefined],
])('the tag %s is told as %s', async (etag, told) => {
  const upstream = await anUpstream((response) => response.writeHead(200, { ...mp4, etag }).end(clip))
  const content = await open(upstream.url)
  expect(content.header('etag')).toBe(told)
  content.body.on('error', () => {}).destroy()
})

describe('of a clip that is longer than anybody counts', () => {
  const endless: Answer = (response) => {
    response.writeHead(200, mp4)
    const pour = () => {
      while (response.write(clip));
    }
    response.on('drain', pour)
    pour()
  }

  test('a part is told without its length', async () => {
    const content = await open((await anUpstream(endless)).url, 'bytes=0-1')
    expect([content.status, content.header('content-range')]).toEqual([206, 'bytes 0-1/*'])
    expect(await buffer(content.body)).toEqual(clip.subarray(0, 2))
  })

  test.each(['bytes=5-', 'bytes=-5', 'bytes=99999999999-'])(
    'the whole is sent to who wants %s',
    async (range) => {
      const content = await open((await anUpstream(endless)).url, range)
      expect([content.status, content.header('content-length')]).toEqual([200, undefined])
      content.body.on('error', () => {}).destroy()
    },
  )
})

test('a part that is far from the beginning is the whole where ranges are ignored', async () => {
  const upstream = await anUpstream((response) => {
    response.writeHead(200, { ...mp4, 'content-length': 10 ** 9 }).write(clip)
  })
  const content = await open(upstream.url, 'bytes=900000000-900000009')
  expect([content.status, content.header('content-length')]).toEqual([200, String(10 ** 9)])
  content.body.on('error', () => {}).destroy()
})
