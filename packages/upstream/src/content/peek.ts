import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'

const FIRST_BYTES_WAIT_MS = 500

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
  const faltered = sleep(FIRST_BYTES_WAIT_MS, undefined, { signal: falter.signal }).catch(() => undefined)
  while (item && !item.done) {
    chunks.push(item.value)
    size += item.value.length
    next = iterator.next()
    const more = next.catch(() => undefined)
    item = size < wanted ? await Promise.race([more, faltered]) : undefined
  }
  falter.abort()

  const head = Buffer.concat(chunks)
  return { head, body: pulled(rest(head, next, iterator), () => drop(source)) }
}

async function* rest(head: Buffer, next: Promise<IteratorResult<Buffer>>, iterator: AsyncIterator<Buffer>) {
  if (head.length > 0) yield head
  for (let item = await next; !item.done; item = await iterator.next()) yield item.value
}

/** A stream of what a generator makes. Unlike that of `Readable.from` it leaves at once, also in the middle of a wait. */
export function pulled(generator: AsyncGenerator<Buffer>, leave: () => void): Readable {
  return new Readable({
    read() {
      generator.next().then(
        ({ done, value }) => this.push(done ? null : value),
        (error) => this.destroy(error),
      )
    },
    destroy(error, callback) {
      leave()
      generator.return(undefined).catch(() => {})
      callback(error)
    },
  })
}

export function drop(body: Readable): void {
  body.on('error', () => {}).destroy()
}
