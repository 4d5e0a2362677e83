import { buffer } from 'node:stream/consumers'
import { startSimulator } from '@reelay/simulator/server'
import { expect, onTestFinished, test } from 'vitest'
import { inspectClip } from '../../src/clips/inspect-clip.ts'
import { createWholeCheck } from '../../src/clips/whole-clip.ts'
import { inspectPicture } from '../../src/pictures/inspect-picture.ts'
import { spool } from '../../src/spool.ts'

test.each([
  ['a fox', '1280x720', 'video/mp4', 320, 180],
  ['a fox', '720x1280', 'video/mp4', 180, 320],
  ['a fox [fault:avi]', '1280x720', 'video/x-msvideo', 160, 92],
])('the clip of %j in %s is whole, and %s', async (prompt, size, type, width, height) => {
  const check = createWholeCheck()
  const body = await contentOf({ prompt, size, seconds: '4' })
  await using file = await spool(check.pass(body), { maxBytes: 10_000_000 })
  expect(check.type()).toBe(type)
  expect(await inspectClip(file)).toEqual({ type, seconds: 4, width, height })
})

test.each(['a fox', 'a fox [fault:avi]'])('the clip of %j is not whole without its end', async (prompt) => {
  const bytes = await buffer(await contentOf({ prompt }))
  async function* cut() {
    yield bytes.subarray(0, -1)
  }
  await expect(buffer(createWholeCheck().pass(cut()))).rejects.toMatchObject({ code: 'truncated' })
})

test('a thumbnail is a picture', async () => {
  const body = await contentOf({ prompt: 'a fox', size: '1280x720' }, '?variant=thumbnail')
  await using file = await spool(body, { maxBytes: 10_000_000 })
  expect(await inspectPicture(file)).toEqual({ type: 'image/webp', width: 160, height: 90 })
})

/** What a simulator sends of a video. */
async function contentOf(video: object, query = ''): Promise<ReadableStream<Uint8Array>> {
  const simulator = await startSimulator({ key: 'sk-test', script: { queuedMs: 0, renderMs: 0 } })
  onTestFinished(() => simulator.close())
  const headers = { authorization: 'Bearer sk-test', 'content-type': 'application/json' }
  const made = await fetch(`${simulator.url}/videos`, {
    method: 'POST',
    headers,
    body: JSON.stringify(video),
  })
  const { id } = (await made.json()) as { id: string }
  const content = await fetch(`${simulator.url}/videos/${id}/content${query}`, { headers })
  if (!content.ok || !content.body) throw new Error(await content.text())
  return content.body
}
