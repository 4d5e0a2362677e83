import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'

/** For how long a few first bytes may be all that comes before they are judged. */
const PATIENCE_MS = 500

/**
 * The first bytes of a stream, and a stream that still has them. Fewer than wanted where it ends or falters; none
 * of an empty one. Whoever destroys the one destroys the other.
 */
export async function peek(source: Readable, wanted: number): Promise<{ head: Buffer; body: Readable }> {
  const iterator: AsyncIterator<Buffer> = source[Symbol.asyncIterator]()
  const chunks: Buffer[] = []
  let size = 0
  let next: Promise<IteratorResult<Buffer>> = iterator.next()
  let item: IteratorResult<Buffer> | undefined = await next
  const falter = new AbortController()
  const faltered = sleep(PATIENCE_MS, undefined, { signal: falter.signal }).catch(() => undefined)
  while (item && !item.done) {
    chunks.push(item.value)
    size += item.value.length
    next = iterator.next()
    // A failure is for whoever reads on.
    const more = next.catch(() => undefined)
    item = size < wanted ? await Promise.race([more, faltered]) : undefined
  }
  falter.abort()

  const head = Buffer.concat(chunks)
  const body = Readable.from(rest(head, next, iterator), { objectMode: false })
  body.once('close', () => source.on('error', () => {}).destroy())
  return { head, body }
}

async function* rest(head: Buffer, next: Promise<IteratorResult<Buffer>>, iterator: AsyncIterator<Buffer>) {
  if (head.length > 0) yield head
  for (let item = await next; !item.done; item = await iterator.next()) yield item.value
}
