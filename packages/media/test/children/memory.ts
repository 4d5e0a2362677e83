import type { Readable } from 'node:stream'
import { type MediaConfig, openStore } from '../../src/open-store.ts'

const MIB = 1024 * 1024
const CHUNKS_A_MIB = 16
const [config = '', action, mib] = process.argv.slice(2)

const store = await openStore(JSON.parse(config) as MediaConfig)
await pass('clips/small', 1)
const before = process.memoryUsage.rss()
const most = await pass('clips/large', Number(mib))
process.stdout.write(String(Math.round((most - before) / MIB)))
store.close()

/** Puts an object of such a size or reads it, and returns the most memory that this process had meanwhile. */
async function pass(key: string, mib: number): Promise<number> {
  let most = 0
  let chunks = 0
  const look = () => {
    // Node lets tens of megabytes lie that nobody holds. What is held is what is looked for.
    if (++chunks % (8 * CHUNKS_A_MIB) === 0) globalThis.gc?.()
    most = Math.max(most, process.memoryUsage.rss())
  }
  if (action === 'put') await store.put(key, body(mib, look))
  else for await (const _ of (await store.open(key)) as Readable) look()
  return most
}

async function* body(mib: number, look: () => void) {
  const chunk = Buffer.alloc(MIB / CHUNKS_A_MIB, 'bytes')
  for (let at = 0; at < mib * CHUNKS_A_MIB; at++) {
    yield chunk
    look()
  }
}
