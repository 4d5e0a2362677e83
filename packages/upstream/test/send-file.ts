import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { createUpstreamClient } from '../src/client.ts'
import { readDialect } from '../src/dialect/read-dialect.ts'

/** Sends a long file, as a clip or as a data URL, and prints by how much this process grew for it. */
const [baseUrl = '', path = '', bytes = '', how = ''] = process.argv.slice(2)
const dialects = { clip: {}, 'data-url': { create: { encoding: 'json' }, image: { how: 'string' } } }
const read = readDialect({ name: 'test', ...dialects[how as keyof typeof dialects] })
if ('problems' in read) throw new Error(JSON.stringify(read.problems))
const client = createUpstreamClient({
  ...{ baseUrl, apiKey: 'canary-key', dialect: read.dialect },
  ...{ submitTimeoutMs: 600_000, pollTimeoutMs: 600_000, sendWindowMs: 600_000 },
})

// What any file needs, and garbage that nobody has collected yet, is not counted.
const SHORT_BYTES = 16 * 1024 * 1024
await send(SHORT_BYTES, async () => createReadStream(path, { end: SHORT_BYTES - 1 }))
const before = process.memoryUsage.rss()
const { kind } = await send(Number(bytes), async () => createReadStream(path))
const peak = process.resourceUsage().maxRSS * 1024
console.log(JSON.stringify({ kind, grownBytes: peak - before }))
await client.close()

function send(bytes: number, open: () => Promise<Readable>) {
  const type = how === 'clip' ? 'video/mp4' : 'image/png'
  const file = { name: 'long', type, bytes, open }
  const wish = how === 'clip' ? { source: { clip: file } } : { picture: file }
  return client.submit({ prompt: 'a heron', ...wish }, { record: async () => true, maySend: () => true })
}
