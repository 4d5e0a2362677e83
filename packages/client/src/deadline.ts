import { ReelayError } from './errors.ts'

export type Deadline = ReturnType<typeof openDeadline>

/**
 * Bounds every wait on one connection. Its signal ends the connection: when a wait takes longer than `ms`,
 * when the caller's own signal is aborted, and at `close`, which leaves neither timer nor listener.
 */
export function openDeadline(ms: number, callers?: AbortSignal) {
  const connection = new AbortController()
  const leave = () => connection.abort(callers?.reason)
  callers?.addEventListener('abort', leave, { once: true })
  if (callers?.aborted) leave()

  return {
    signal: connection.signal,

    async wait<T>(step: Promise<T>): Promise<T> {
      const silence = new ReelayError(0, {
        code: 'no_answer',
        message: `the api was silent for ${ms / 1000} s`,
      })
      const timer = setTimeout(() => connection.abort(silence), ms)
      try {
        return await step
      } catch (cause) {
        callers?.throwIfAborted()
        if (cause === silence || connection.signal.reason === silence) throw silence
        throw new ReelayError(
          0,
          { code: 'unreachable', message: 'the connection to the api failed' },
          { cause },
        )
      } finally {
        clearTimeout(timer)
      }
    },

    close(): void {
      callers?.removeEventListener('abort', leave)
      connection.abort()
    },
  }
}

export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const leave = () => {
      clearTimeout(timer)
      reject(signal?.reason as Error)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', leave)
      resolve()
    }, ms)
    signal?.addEventListener('abort', leave, { once: true })
  })
}

/** Doubles with each failure in a row, up to `longestMs`; up to half of it more, so that clients spread out. */
export function backoff(failures: number, { firstMs, longestMs }: { firstMs: number; longestMs: number }) {
  return Math.min(Math.max(firstMs, longestMs), firstMs * 2 ** failures) * (1 + Math.random() / 2)
}
