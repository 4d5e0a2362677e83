import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'
import type { Attachment } from '../src/attachment.ts'
import { bytesOf, openBody } from '../src/submit/open-body.ts'
import type { Post } from '../src/submit/send-once.ts'

const pngSignature = Buffer.from('89504e470d0a1a0a', 'hex')

/** A file on disk, for one test, and what its SHA-256 is. */
export async function aFile(content: Buffer, kind: { name: string; type: string }) {
  const folder = await mkdtemp(join(tmpdir(), 'reelay-attachment-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const path = join(folder, kind.name)
  await writeFile(path, content)
  const sha256 = createHash('sha256').update(content).digest('hex')
  return { ...fileAt(path, content.length, kind), path, sha256 }
}

export function fileAt(path: string, bytes: number, kind: { name: string; type: string }): Attachment {
  return {
    ...{ ...kind, bytes },
    async open() {
      const stream = createReadStream(path)
      await once(stream, 'open')
      return stream
    },
  }
}

/** Begins like a picture, and holds any bytes. */
export function aPicture(bytes: number) {
  const content = Buffer.concat([pngSignature, randomBytes(bytes)]).subarray(0, bytes)
  return aFile(content, { name: 'picture.png', type: 'image/png' })
}

export function aClip(bytes: number) {
  return aFile(randomBytes(bytes), { name: 'clip.mp4', type: 'video/mp4' })
}

/** A body as it leaves, which must be as long as was said. */
export async function wholeOf(body: Post['body']): Promise<Buffer<ArrayBuffer>> {
  const { chunks, close } = await openBody(body)
  const whole = Buffer.from(await buffer(chunks))
  close()
  if (whole.length !== bytesOf(body)) throw new Error(`${whole.length} bytes, not ${bytesOf(body)}`)
  return whole
}
