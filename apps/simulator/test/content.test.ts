import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { aFolder } from '@reelay/local-services/testing/a-folder'
import { expect, test } from 'vitest'
import { drawFrame, drawingOf } from '../src/clips/drawing.ts'
import { aSimulation, type VideoAnswer } from './simulation.ts'

test.each([
  ['1280x720', '4', 320, 180],
  ['720x1280', '8', 180, 320],
  ['720x720', '20', 320, 320],
])(
  'a clip of %s and %s seconds is an H.264 file of that shape and length',
  async (size, seconds, width, height) => {
    const { request, admin } = await aSimulation()
    const { id } = await admin('POST', '/videos', { prompt: 'a fox', size, seconds })
    const bytes = Buffer.from(await (await request('GET', `/videos/${id}/content`)).arrayBuffer())

    expect(boxes(bytes)).toEqual(expect.arrayContaining(['ftyp', 'moov', 'mdat']))
    const sample = bytes.indexOf('avc1', bytes.indexOf('stsd'))
    expect([bytes.readUInt16BE(sample + 28), bytes.readUInt16BE(sample + 30)]).toEqual([width, height])
    const movie = bytes.indexOf('mvhd')
    expect(bytes.readUInt32BE(movie + 20) / bytes.readUInt32BE(movie + 16)).toBe(Number(seconds))
  },
)

test('a remix looks different from its source, and the same for the same prompt', async () => {
  const { request, admin, client } = await aSimulation()
  const { id } = await admin('POST', '/videos', { prompt: 'a fox' })
  const prompts = ['a fox', 'in snow', 'in snow']
  const remixes = await Promise.all(prompts.map((prompt) => client.videos.remix(id, { prompt })))
  const etags = await Promise.all(
    [id, ...remixes.map((remix) => remix.id)].map(async (video) => {
      return (await request('GET', `/videos/${video}/content`)).headers.get('etag')
    }),
  )
  expect(new Set(etags).size).toBe(3)
  expect(etags[2]).toBe(etags[3])
})

test('all videos share one clip when told to', async () => {
  const { request, admin } = await aSimulation({ oneClip: true })
  const etags = await Promise.all(
    ['a fox', 'a hare'].map(async (prompt) => {
      const { id } = await admin('POST', '/videos', { prompt, size: '1280x720', seconds: '20' })
      return (await request('GET', `/videos/${id}/content`)).headers.get('etag')
    }),
  )
  expect(etags[0]).toMatch(/^"/)
  expect(etags[0]).toBe(etags[1])
})

test('clips are as long as wanted when told to, and no two are the same', async () => {
  const { request, admin } = await aSimulation({ oneClip: true, clipBytes: 500_000 })
  const clips = await Promise.all(
    ['a fox', 'a hare'].map(async (prompt) => {
      const { id } = await admin('POST', '/videos', { prompt })
      const bytes = Buffer.from(await (await request('GET', `/videos/${id}/content`)).arrayBuffer())
      expect(await admin('GET', `/videos/${id}/clip`)).toEqual({ bytes: bytes.length, sha256: sha256(bytes) })
      return bytes
    }),
  )
  for (const bytes of clips) {
    expect(bytes).toHaveLength(500_000)
    expect(boxes(bytes)).toEqual(expect.arrayContaining(['moov', 'mdat', 'free']))
  }
  expect(clips[0]?.equals(clips[1] as Buffer)).toBe(false)
})

test('a slow clip is the same clip', async () => {
  const { request, admin, client } = await aSimulation()
  const { id } = await client.videos.create({ prompt: 'a fox [fault:slow_clip=100]' })
  const response = await request('GET', `/videos/${id}/content`)
  const bytes = Buffer.from(await response.arrayBuffer())
  expect(response.headers.get('content-length')).toBe(String(bytes.length))
  expect(await admin('GET', `/videos/${id}/clip`)).toEqual({ bytes: bytes.length, sha256: sha256(bytes) })
})

test('a video that the admin deletes is unknown to all', async () => {
  const { request, admin } = await aSimulation()
  const { id } = await admin('POST', '/videos', { prompt: 'a fox' })
  await admin('DELETE', `/videos/${id}`)
  expect((await request('GET', `/videos/${id}/content`)).status).toBe(404)
  expect((await request('GET', `/videos/${id}`)).status).toBe(404)
})

test('a remix keeps the colour of its source at the top only', () => {
  const source = drawFrame(drawingOf({ size: '1280x720', seconds: '4', lineage: ['a fox'] }), 0)
  const remix = drawFrame(drawingOf({ size: '1280x720', seconds: '4', lineage: ['a fox', 'in snow'] }), 0)
  expect(remix.slice(0, 4)).toEqual(source.slice(0, 4))
  expect(remix.slice(-4)).not.toEqual(source.slice(-4))
})

test.each([
  ['bytes=0-9', 206, 0, 10],
  ['bytes=10-', 206, 10, undefined],
  ['bytes=-10', 206, -10, undefined],
  ['bytes=10-99999999', 206, 10, undefined],
  ['bytes=5-1', 200, 0, undefined],
  ['bytes=0-1,3-4', 200, 0, undefined],
])('the range %s is answered with %i', async (range, status, start, end) => {
  const { request, admin } = await aSimulation()
  const { id } = await admin('POST', '/videos', { prompt: 'a fox' })
  const whole = await request('GET', `/videos/${id}/content`)
  const bytes = Buffer.from(await whole.arrayBuffer())
  const part = await request('GET', `/videos/${id}/content`, undefined, { range })

  expect(part.status).toBe(status)
  expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(start, end))).toBe(true)
  expect(part.headers.get('etag')).toBe(whole.headers.get('etag'))
  expect(part.headers.get('accept-ranges')).toBe('bytes')
})

test('a range outside of the clip is answered with 416 and the length', async () => {
  const { request, admin } = await aSimulation()
  const { id } = await admin('POST', '/videos', { prompt: 'a fox' })
  const part = await request('GET', `/videos/${id}/content`, undefined, { range: 'bytes=99999999-' })
  expect(part.status).toBe(416)
  expect(part.headers.get('content-range')).toMatch(/^bytes \*\/\d+$/)
})

test('a redirect leads to the clip that anyone may fetch', async () => {
  const { request, admin } = await aSimulation()
  const { id } = await admin('POST', '/videos', { prompt: 'a fox' })
  const whole = await request('GET', `/videos/${id}/content`)
  await admin('POST', '/faults', { name: 'redirect', scope: 'content' })
  const redirected = await request('GET', `/videos/${id}/content`)
  expect(redirected.url).toMatch(/\/clips\/.*\.mp4$/)
  expect(redirected.headers.get('etag')).toBe(whole.headers.get('etag'))
})

test('clips may be said to be at another host', async () => {
  const { request, admin, simulator } = await aSimulation({ prefix: '/sora/v1', clipHost: 'localhost' })
  const { id } = await admin('POST', '/videos', { prompt: 'a fox' })
  const video = (await (await request('GET', `/videos/${id}`)).json()) as VideoAnswer
  expect(video.video_url).toBe(`http://localhost:${new URL(simulator.url).port}/clips/${id}.mp4`)
})

test('a thumbnail is a WebP image', async () => {
  const { request, admin } = await aSimulation()
  const { id } = await admin('POST', '/videos', { prompt: 'a fox', size: '1280x720' })
  const response = await request('GET', `/videos/${id}/content?variant=thumbnail`)
  const bytes = Buffer.from(await response.arrayBuffer())
  expect(bytes.toString('latin1', 0, 4) + bytes.toString('latin1', 8, 16)).toBe('RIFFWEBPVP8L')
  expect(bytes.readUInt32LE(4)).toBe(bytes.length - 8)
  expect(bytes.readUInt16LE(21) & 0x3fff).toBe(160 - 1)
})

test('a clip directory keeps clips from one run to the next', async () => {
  const clipDir = aFolder()
  const etags: (string | null)[] = []
  for (let run = 0; run < 2; run++) {
    const { request, admin } = await aSimulation({ clipDir })
    const { id } = await admin('POST', '/videos', { prompt: 'a fox' })
    etags.push((await request('GET', `/videos/${id}/content`)).headers.get('etag'))
  }
  expect(etags[0]).toBe(etags[1])
  expect(await readdir(clipDir)).toHaveLength(1)
})

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function boxes(bytes: Buffer): string[] {
  const names: string[] = []
  for (let at = 0; at < bytes.length; at += bytes.readUInt32BE(at))
    names.push(bytes.toString('latin1', at + 4, at + 8))
  return names
}
