import { describe, expect, test } from 'vitest'
import { addVideo, aSimulator, type DialectName } from './commands/simulators.ts'
import {
  type Answer,
  aClient,
  aDialect,
  anUpstream,
  builtInDialect,
  html,
  id,
  json,
  nobody,
} from './upstream.ts'

const { signal } = new AbortController()
const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')

test.each<DialectName>(['openai', 'litellm', 'sora-relay'])(
  '%s has a still picture of a video',
  async (name) => {
    const { client, video } = await aVideoOf(name)
    const thumbnail = await client.openThumbnail(video, signal)
    if (thumbnail.kind !== 'picture') throw new Error(thumbnail.kind)
    expect(thumbnail.type).toBe('image/webp')
    const bytes = Buffer.concat(await Array.fromAsync(thumbnail.body))
    expect(bytes.subarray(8, 12).toString()).toBe('WEBP')
    expect(bytes.readUInt32LE(4)).toBe(bytes.length - 8)
  },
)

test('xai has none, and is not asked', async () => {
  const { client, video, simulator } = await aVideoOf('xai')
  expect(await client.openThumbnail(video, signal)).toEqual({ kind: 'missing' })
  const requests = (await (await fetch(`${simulator.adminUrl}/requests`)).json()) as unknown[]
  expect(requests).toEqual([])
})

describe('by its bytes', () => {
  test.each<[string, Answer, string]>([
    ['a PNG that is called something else', sending(png, 'application/octet-stream'), 'image/png'],
    ['a JPEG', sending(Buffer.from('ffd8ffe000104a464946', 'hex'), 'image/png'), 'image/jpeg'],
  ])('%s is a picture', async (_, answer, type) => {
    const { url } = await anUpstream(answer)
    expect(await aClient(url).openThumbnail(id, signal)).toMatchObject({ kind: 'picture', type })
  })

  test.each<[string, Answer]>([
    ['a page', html(200)],
    ['JSON', json(200, { url: 'https://host/a.png' })],
    ['nothing', (response) => response.writeHead(200).end()],
    ['a clip', sending(Buffer.from('\0\0\0\x18ftypmp42', 'latin1'), 'image/png')],
    ['404', html(404)],
    ['403', html(403)],
  ])('%s is none', async (_, answer) => {
    const { url } = await anUpstream(answer)
    expect(await aClient(url).openThumbnail(id, signal)).toEqual({ kind: 'missing' })
  })
})

test.each<[string, Answer]>([
  ['500', html(500)],
  ['429', html(429)],
])('%s is trouble', async (_, answer) => {
  const { url } = await anUpstream(answer)
  expect(await aClient(url).openThumbnail(id, signal)).toMatchObject({ kind: 'trouble' })
})

test('an upstream that is away is trouble', async () => {
  const client = aClient(`${await nobody()}/v1`)
  expect(await client.openThumbnail(id, signal)).toMatchObject({ kind: 'trouble' })
})

test('an address at another origin is asked without the key', async () => {
  const cdn = await anUpstream(sending(png, 'image/png'))
  const { url } = await anUpstream(
    json(200, { id, status: 'completed', video_url: `${cdn.url}/a.mp4`, image_url: `${cdn.url}/a.png` }),
  )
  const client = aClient(url, {
    dialect: aDialect({ thumbnail: { urls: 'image_url' } }),
    contentOrigins: [new URL(cdn.url).origin],
  })
  expect(await client.openThumbnail(id, signal)).toMatchObject({ kind: 'picture' })
  expect(cdn.requests.map(({ path, headers }) => [path, headers.authorization])).toEqual([
    ['/v1/a.png', undefined],
  ])
})

async function aVideoOf(name: DialectName) {
  const simulator = await aSimulator(name)
  const video = await addVideo(simulator)
  const client = aClient(simulator.url, { dialect: builtInDialect(name) })
  return { simulator, client, video }
}

function sending(bytes: Buffer, type: string): Answer {
  return (response) => response.writeHead(200, { 'content-type': type }).end(bytes)
}
