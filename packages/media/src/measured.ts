import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { Digest } from './store.ts'

export type Measured = {
  chunks: AsyncGenerator<Uint8Array>
  digest(): Digest
  failure(): unknown
  leave(): void
}

/**
 * A body that is counted and hashed while it is read. The signal ends the wait for its next chunk. Take the digest
 * once, after reading. `failure` is what the body itself threw; `leave` lets a body go that was not read to its end.
 */
export function measure(body: AsyncIterable<Uint8Array>, signal?: AbortSignal): Measured {
  const iterator = body[Symbol.asyncIterator]()
  // It may fail before it is read.
  if (body instanceof Readable) body.on('error', () => {})
  const hash = createHash('sha256')
  let bytes = 0
  let failure: unknown

  async function* chunks(): AsyncGenerator<Uint8Array> {
    while (true) {
      const next = iterator.next()
      next.catch((error: unknown) => {
        failure = error
      })
      const { done, value } = await unlessAborted(next, signal)
      if (done) return
      hash.update(value)
      bytes += value.byteLength
      yield value
    }
  }

  return {
    chunks: chunks(),
    digest: () => ({ bytes, sha256: hash.digest('hex') }),
    failure: () => failure,
    leave() {
      // A stream's iterator would leave after its next chunk only, which may never come.
      if (body instanceof Readable) body.destroy()
      else iterator.return?.().catch(() => {})
    },
  }
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
