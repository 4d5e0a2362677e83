import type { Readable } from 'node:stream'
import { type MediaConfig, openStore } from '../../src/open-store.ts'
import type { MediaStore } from '../../src/store.ts'

const MIB = 1024 * 1024
const config: MediaConfig = JSON.parse(process.argv[2] ?? '')
const mib = Number(process.argv[3])
const chunk = Buffer.alloc(MIB / 16, 'bytes')

let most = 0
const store = await openStore(config)
await pass(store, 1)
const before = process.memoryUsage().rss
most = before
await pass(store, mib)
process.stdout.write(JSON.stringify({ grownMib: Math.round((most - before) / MIB) }))
store.close()

async function pass({ put, open }: MediaStore, mib: number): Promise<void> {
  await put('clips/large', body(mib))
  let bytes = 0
  for await (const piece of (await open('clips/large')) as Readable) {
    bytes += piece.length
    look()
  }
  if (bytes !== mib * MIB) throw new Error(`${bytes} bytes of ${mib} MiB`)
}

async function* body(mib: number) {
  for (let chunks = 0; chunks < mib * 16; chunks++) {
    yield chunk
    look()
  }
}

function look() {
  most = Math.max(most, process.memoryUsage.rss())
}
