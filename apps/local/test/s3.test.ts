import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { anS3Server } from '../../../packages/media/test/s3-server.ts'
import { pictureOfDawn } from '../src/picture.ts'
import { admin, startTestStack, untilKept } from './test-stack.ts'

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

test('over S3 a picture reaches upstream and a kept clip plays from its signed address', async () => {
  const { options } = await anS3Server()
  await using system = await startTestStack({
    MEDIA_S3_ENDPOINT: options.endpoint,
    MEDIA_S3_BUCKET: options.bucket,
    MEDIA_S3_ACCESS_KEY_ID: options.accessKeyId,
    MEDIA_S3_SECRET_ACCESS_KEY: options.secretAccessKey,
    MEDIA_REDIRECT: 'on',
    POLL_INTERVAL_MS: '500',
    SIMULATOR_QUEUED_MS: '300',
    SIMULATOR_RENDER_MS: '1000',
  })
  const { stack, client, dir } = system

  const picture = pictureOfDawn({ width: 1280, height: 720 })
  const { videoId } = await client.createTask({
    prompt: 'a red kite at dawn',
    size: '1280x720',
    input_reference: `data:image/png;base64,${picture.toString('base64')}`,
  })
  const { clip } = await untilKept(client, videoId)
  expect(await admin(stack, 'bill')).toMatchObject({
    total: 1,
    jobs: [{ made: [{ picture: { type: 'image/png', sha256: sha256(picture) } }] }],
  })

  await fetch(`${stack.simulatorAdminUrl}/restart`, { method: 'POST' })
  const { url } = await client.contentLink(videoId)
  const redirect = await fetch(url, { redirect: 'manual' })
  expect(redirect.status).toBe(302)
  expect(redirect.headers.get('location')).toMatch(`${options.endpoint}/`)
  const played = new Uint8Array(await (await client.content(videoId)).arrayBuffer())
  expect(clip).toEqual({ bytes: played.length, sha256: sha256(played), type: 'video/mp4' })
  const part = await client.content(videoId, 'bytes=4-7')
  expect([part.status, await part.text()]).toEqual([206, 'ftyp'])

  const logs = readdirSync(join(dir, 'logs')).map((file) => readFileSync(join(dir, 'logs', file), 'utf8'))
  expect(logs.join('\n')).not.toMatch(/X-Amz-Signature|S3RVER/)
})
