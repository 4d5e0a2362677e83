import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'

const MEBIBYTE = 1024 * 1024
const FILE_BYTES = 200 * MEBIBYTE
const sender = new URL('./send-file.ts', import.meta.url).pathname

type Way = { beginning: string; encoding: BufferEncoding; signs: number }

const ways: [string, Way][] = [
  ['clip', { beginning: 'video/mp4\r\n\r\n', encoding: 'latin1', signs: FILE_BYTES }],
  ['data-url', { beginning: 'base64,', encoding: 'base64', signs: 4 * Math.ceil(FILE_BYTES / 3) }],
]

test.each(ways)('a %s of 200 MiB is sent whole, and never held', async (name, way) => {
  const file = await aLongFile()
  const upstream = await aHashingUpstream(way)
  // Collects what nobody holds soon, so that what is seen is what is held.
  const args = ['--max-semi-space-size=1', sender, upstream.url, file.path, String(FILE_BYTES), name]
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const sent = (await json(child.stdout)) as { kind: string; grownBytes: number }
  expect(sent).toMatchObject({ kind: 'created', grownBytes: expect.any(Number) })
  expect(upstream.hashes.at(-1)).toBe(file.sha256)
  console.log(`a ${name} of 200 MiB takes ${Math.round(sent.grownBytes / MEBIBYTE)} MiB`)
  // On a busy machine garbage waits longer to be collected.
  expect(sent.grownBytes).toBeLessThan(0.9 * FILE_BYTES)
})

async function aLongFile() {
  const folder = await mkdtemp(join(tmpdir(), 'reelay-long-file-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const path = join(folder, 'clip.mp4')
  const hash = createHash('sha256')
  const file = await open(path, 'w')
  const block = randomBytes(MEBIBYTE)
  for (let blocks = 0; blocks < FILE_BYTES / MEBIBYTE; blocks += 1) {
    block.writeUInt32BE(blocks)
    hash.update(block)
    await file.write(block)
  }
  await file.close()
  return { path, sha256: hash.digest('hex') }
}

/** Hashes the file within each body, while that comes. */
async function aHashingUpstream({ beginning, encoding, signs }: Way) {
  const hashes: string[] = []
  const server = createServer(async (request, response) => {
    const hash = createHash('sha256')
    let text = ''
    let left: number | undefined
    for await (const chunk of request) {
      text += chunk.toString('latin1')
      const start = text.indexOf(beginning)
      if (left === undefined && start < 0) continue
      if (left === undefined) text = text.slice(start + beginning.length)
      left ??= signs
      const usable = text.slice(0, Math.min(left, text.length - (text.length % 4)))
      hash.update(Buffer.from(usable, encoding))
      left -= usable.length
      text = text.slice(usable.length)
    }
    hashes.push(hash.digest('hex'))
    response.setHeader('content-type', 'application/json').end('{"id":"video_1","status":"queued"}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, hashes }
}
