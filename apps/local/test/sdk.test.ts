import { readFileSync } from 'node:fs'
import OpenAI, { toFile } from 'openai'
import OpenAI6 from 'openai-6'
import { expect, test, vi } from 'vitest'
import { admin, startTestStack } from './test-stack.ts'

type Sdk = OpenAI
type Video = Awaited<ReturnType<Sdk['videos']['retrieve']>>

const picture = readFileSync(new URL('../../../packages/media/test/fixtures/baseline.jpg', import.meta.url))
const sdks = [
  { name: '7', Sdk: OpenAI },
  { name: '6.49', Sdk: OpenAI6 as unknown as typeof OpenAI },
]

test.concurrent.each(sdks)('the official SDK, version $name, works by two settings', async ({ Sdk }) => {
  await using journey = await startTestStack({
    SIMULATOR_QUEUED_MS: '200',
    SIMULATOR_RENDER_MS: '500',
    POLL_INTERVAL_MS: '200',
    REMIX_ACCEPT_WAIT_MS: '60000',
  })
  const { client, stack } = journey
  const { key } = await client.createKey({ name: 'sdk' })
  const sdk = new Sdk({ baseURL: `${stack.apiUrl}/v1`, apiKey: key })

  const first = await sdk.videos.create({
    prompt: 'a red kite',
    model: 'sora-2',
    seconds: '4',
    size: '1280x720',
    input_reference: await toFile(picture, 'kite.jpg', { type: 'image/jpeg' }),
  })
  expect(first).toMatchObject({
    object: 'video',
    status: 'in_progress',
    model: 'sora-2',
    seconds: '4',
    size: '1280x720',
    prompt: 'a red kite',
    remixed_from_video_id: null,
    error: null,
  })
  const made = await completed(sdk, first.id)
  expect(made).toMatchObject({ progress: 100, completed_at: expect.any(Number) })

  const remix = await sdk.videos.remix(first.id, { prompt: 'the same kite at night' })
  const edit = await sdk.videos.edit({ prompt: 'without the string', video: { id: first.id } })
  const extension = await sdk.videos.extend({ prompt: 'it lands', seconds: '4', video: { id: first.id } })
  for (const derived of [remix, edit, extension]) {
    expect(derived).toMatchObject({ remixed_from_video_id: first.id, status: 'in_progress' })
    await completed(sdk, derived.id)
  }

  const listed: string[] = []
  for await (const video of sdk.videos.list({ limit: 2 })) listed.push(video.id)
  expect(listed).toEqual([extension.id, edit.id, remix.id, first.id])

  const part = await sdk.videos.downloadContent(remix.id, {}, { headers: { range: 'bytes=4-7' } })
  expect(part.status).toBe(206)
  expect(await part.text()).toBe('ftyp')
  expect((await sdk.models.list()).data).toEqual([])

  const blocked = sdk.videos.remix(first.id, { prompt: 'a duel [fault:refuse_moderation]' })
  await expect(blocked).rejects.toMatchObject({ status: 400, code: 'moderation_blocked' })
  await expect(sdk.videos.retrieve('video_1700000000000_nothing')).rejects.toMatchObject({
    status: 404,
    code: 'task_not_found',
    type: 'invalid_request_error',
    requestID: expect.stringMatching(/^[0-9a-f-]{36}$/),
  })
  expect(await sdk.videos.delete(remix.id)).toMatchObject({ id: remix.id, deleted: true })
  await expect(sdk.videos.retrieve(remix.id)).rejects.toMatchObject({ status: 404 })
  const keyless = new Sdk({ baseURL: `${stack.apiUrl}/v1`, apiKey: `sk-reelay-${'0'.repeat(43)}` })
  await expect(keyless.videos.list()).rejects.toMatchObject({ status: 401, type: 'authentication_error' })

  const { total } = (await admin(stack, 'bill')) as { total: number }
  expect(total).toBe(4)
})

function completed(sdk: Sdk, id: string): Promise<Video> {
  return vi.waitFor(
    async () => {
      const video = await sdk.videos.retrieve(id)
      expect(video.status).toBe('completed')
      return video
    },
    { timeout: 600_000, interval: 200 },
  )
}
