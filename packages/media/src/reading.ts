import { Readable } from 'node:stream'

export type ReadingOptions = {
  failure: (error: unknown) => Error
  silence?: { ms: number; error: Error }
}

/**
 * A stream of the source's bytes that fails with the store's words, and lets the source go when it goes. `silence` ends
 * a wait for the source that takes too long; a reader may take as long as it likes between two chunks.
 */
export function readingOf(source: Readable, { failure, silence }: ReadingOptions): Readable {
  const chunks: AsyncIterator<Buffer> = source[Symbol.asyncIterator]()
  return new Readable({
    async read() {
      const timer = silence && setTimeout(() => source.destroy(silence.error), silence.ms)
      try {
        const { done, value } = await chunks.next()
        this.push(done ? null : value)
      } catch (error) {
        this.destroy(failure(error))
      } finally {
        clearTimeout(timer)
      }
    },
    destroy(error, callback) {
      source.on('error', () => {}).destroy()
      callback(error)
    },
  })
}
