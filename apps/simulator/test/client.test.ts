import { expect, test, vi } from 'vitest'
import { aSimulation, never, stopClock } from './simulation.ts'

test('the official client creates a video and retrieves it', async () => {
  const { client } = await aSimulation({ script: never })
  const created = await client.videos.create({
    prompt: 'a fox',
    model: 'sora-2-pro',
    seconds: '8',
    size: '1280x720',
  })
  expect(created).toMatchObject({
    status: 'queued',
    progress: 0,
    model: 'sora-2-pro',
    seconds: '8',
    size: '1280x720',
  })
  expect(await client.videos.retrieve(created.id)).toEqual(created)
})

test('the official client sends a reference image as file or as address', async () => {
  const { client } = await aSimulation()
  const image = new File(['PNG'], 'a.png', { type: 'image/png' })
  const fromFile = await client.videos.create({ prompt: 'a fox', input_reference: image })
  const fromUrl = await client.videos.create({
    prompt: 'a fox',
    input_reference: { image_url: 'https://example.com/a.png' },
  })
  expect([fromFile.status, fromUrl.status]).toEqual(['completed', 'completed'])
})

test('the official client remixes, and the reply names the source at once', async () => {
  const { client } = await aSimulation()
  const source = await client.videos.create({
    prompt: 'a fox',
    size: '1792x1024',
    seconds: '12',
    model: 'sora-2-pro',
  })
  const remix = await client.videos.remix(source.id, { prompt: 'in snow' })
  expect(remix).toMatchObject({
    prompt: 'in snow',
    remixed_from_video_id: source.id,
    model: 'sora-2-pro',
    size: '1792x1024',
    seconds: '12',
  })
  expect(remix.id).not.toBe(source.id)
})

test('the official client edits and extends', async () => {
  const { client } = await aSimulation()
  const source = await client.videos.create({ prompt: 'a fox', seconds: '8' })
  const edited = await client.videos.edit({ prompt: 'at night', video: { id: source.id } })
  expect(edited).toMatchObject({ prompt: 'at night', remixed_from_video_id: source.id, seconds: '8' })
  const extended = await client.videos.extend({ prompt: 'it sleeps', seconds: '4', video: { id: source.id } })
  expect(extended.seconds).toBe('12')
  const fromFile = await client.videos.edit({ prompt: 'at noon', video: new File(['MP4'], 'own.mp4') })
  expect(fromFile.remixed_from_video_id).toBeNull()
})

test('the official client pages through the list in both orders', async () => {
  const { client } = await aSimulation()
  const ids: string[] = []
  for (let i = 0; i < 5; i++) ids.push((await client.videos.create({ prompt: `fox ${i}` })).id)

  const newestFirst: string[] = []
  for await (const { id } of client.videos.list({ limit: 2 })) newestFirst.push(id)
  expect(newestFirst).toEqual(ids.toReversed())

  const oldestFirst: string[] = []
  for await (const { id } of client.videos.list({ limit: 2, order: 'asc' })) oldestFirst.push(id)
  expect(oldestFirst).toEqual(ids)
})

test('a list without a limit holds twenty', async () => {
  const { client } = await aSimulation()
  await Promise.all(Array.from({ length: 21 }, () => client.videos.create({ prompt: 'a fox' })))
  const page = await client.videos.list()
  expect(page.data).toHaveLength(20)
  expect(page.hasNextPage()).toBe(true)
})

test('the official client downloads the clip and its thumbnail', async () => {
  const { client } = await aSimulation()
  const { id } = await client.videos.create({ prompt: 'a fox' })
  const clip = await client.videos.downloadContent(id)
  expect(clip.headers.get('content-type')).toBe('video/mp4')
  expect((await clip.arrayBuffer()).byteLength).toBeGreaterThan(1000)
  const thumbnail = await client.videos.downloadContent(id, { variant: 'thumbnail' })
  expect(thumbnail.headers.get('content-type')).toBe('image/webp')
  const sheet = client.videos.downloadContent(id, { variant: 'spritesheet' })
  await expect(sheet).rejects.toMatchObject({ status: 404 })
})

test('the official client deletes a finished video', async () => {
  const { client } = await aSimulation()
  const { id } = await client.videos.create({ prompt: 'a fox' })
  expect(await client.videos.delete(id)).toEqual({ id, object: 'video.deleted', deleted: true })
  await expect(client.videos.retrieve(id)).rejects.toMatchObject({ status: 404 })
})

test('the official client sees progress grow until the video is completed', async () => {
  const { client } = await aSimulation({ script: { queuedMs: 60, renderMs: 200 } })
  stopClock()
  let video = await client.videos.create({ prompt: 'a fox' })
  const seen = [video]
  while (video.status !== 'completed') {
    vi.advanceTimersByTime(20)
    video = await client.videos.retrieve(video.id)
    seen.push(video)
  }
  expect([...new Set(seen.map(({ status }) => status))]).toEqual(['queued', 'in_progress', 'completed'])
  expect(seen.map(({ progress }) => progress)).toEqual(
    seen.map(({ progress }) => progress).toSorted((a, b) => a - b),
  )
  expect(video.progress).toBe(100)
  expect(video.expires_at).toBe((video.completed_at ?? 0) + 3600)
})
