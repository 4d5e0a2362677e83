import { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import type { Head } from '../answer/answer.ts'
import { SHORT_BYTES } from '../answer/read-body.ts'

/** An answer that has come as a whole, or up to where it was cut; a longer one goes on as a stream. */
export type Got = Head & ({ whole: Buffer; error?: Error } | { stream: Readable })

export type GetOptions = {
  path: string
  headers: Record<string, string>
  /** For all of it, from asking to the last byte. */
  withinMs: number
  signal?: AbortSignal | undefined
}

/**
 * Asks a server, and rejects when no answer began. There are thousands of polls a second, and nearly all of their answers
 * are short: a stream and a signal for each would take half of what a poll takes.
 */
export function get(pool: Dispatcher, { path, headers, withinMs, signal }: GetOptions): Promise<Got> {
  const { promise, resolve, reject } = Promise.withResolvers<Got>()
  const handler = new Collector(resolve, reject)
  const timer = setTimeout(() => handler.abort(timedOut()), withinMs)
  const onAbort = () => handler.abort(signal?.reason)
  handler.onEnd = () => {
    clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
  }
  if (signal?.aborted) onAbort()
  signal?.addEventListener('abort', onAbort)
  pool.dispatch({ method: 'GET', path, headers }, handler)
  return promise
}

class Collector implements Dispatcher.DispatchHandler {
  onEnd = () => {}
  #controller: Dispatcher.DispatchController | undefined
  #reason: Error | undefined
  #head: Head | undefined
  #chunks: Buffer[] = []
  #received = 0
  #stream: Readable | undefined

  #resolve: (got: Got) => void
  #reject: (error: Error) => void

  constructor(resolve: (got: Got) => void, reject: (error: Error) => void) {
    this.#resolve = resolve
    this.#reject = reject
  }

  /** Also while it waits for a connection. */
  abort(reason: Error): void {
    this.#reason = reason
    if (this.#controller) this.#controller.abort(reason)
    else this.#reject(reason)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#reason) controller.abort(this.#reason)
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    statusCode: number,
    headers: Head['headers'],
  ): void {
    if (statusCode < 200) return
    this.#head = { statusCode, headers }
    if (Number(headers['content-length']) > SHORT_BYTES) this.#goOnAsStream(controller, this.#head)
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#stream) {
      if (!this.#stream.push(chunk)) controller.pause()
      return
    }
    this.#chunks.push(chunk)
    this.#received += chunk.length
    if (this.#received > SHORT_BYTES && this.#head) this.#goOnAsStream(controller, this.#head)
  }

  onResponseEnd(): void {
    this.onEnd()
    if (this.#stream) this.#stream.push(null)
    else if (this.#head) this.#resolve({ ...this.#head, whole: this.#whole() })
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.onEnd()
    if (this.#stream) this.#stream.destroy(error)
    else if (this.#head) this.#resolve({ ...this.#head, whole: this.#whole(), error })
    else this.#reject(error)
  }

  #goOnAsStream(controller: Dispatcher.DispatchController, head: Head): void {
    const stream = new Readable({
      read: () => controller.resume(),
      destroy(error, done) {
        controller.abort(error ?? new Error('not read to its end'))
        done(error)
      },
    })
    stream.on('error', () => {})
    if (this.#received > 0) stream.push(this.#whole())
    this.#stream = stream
    this.#resolve({ ...head, stream })
  }

  #whole(): Buffer {
    return this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks)
  }
}

function timedOut(): Error {
  return new DOMException('The operation was aborted due to timeout', 'TimeoutError')
}
