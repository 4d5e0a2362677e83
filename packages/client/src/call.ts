import type { Failure } from '@reelay/contracts/replies'
import { backoff, openDeadline, sleep } from './deadline.ts'
import { errorOf, ReelayError } from './errors.ts'

export type CallOptions = { signal?: AbortSignal | undefined }

export type Call = ReturnType<typeof createCall>

/**
 * The body is JSON, or a form with files. `repeatable` is what does no harm twice, so that it may be sent again when
 * its answer was lost. GETs are.
 */
type Request = CallOptions & {
  body?: unknown
  repeatable?: boolean
}

export type CallDeps = { baseUrl: string; headers: Record<string, string>; timeoutMs: number; tries: number }

const BETWEEN_TRIES = { firstMs: 300, longestMs: 5000 }
const LONGEST_RETRY_AFTER_MS = 30_000

/** A proxy or an api that is not there just now; the request may have been carried out all the same. */
const passing = new Set([0, 502, 503, 504])

export function createCall({ baseUrl, headers, timeoutMs, tries }: CallDeps) {
  return async function call<T>(method: string, path: string, request: Request = {}): Promise<T> {
    const { body, signal, repeatable = method === 'GET' } = request
    for (let failures = 0; ; failures += 1) {
      try {
        return await send<T>(method, path, body, signal)
      } catch (error) {
        if (!(error instanceof ReelayError) || failures + 1 >= tries) throw error
        if (!wasTurnedAway(error) && !(repeatable && passing.has(error.status))) throw error
        if ((error.retryAfterMs ?? 0) > LONGEST_RETRY_AFTER_MS) throw error
        await sleep(Math.max(error.retryAfterMs ?? 0, backoff(failures, BETWEEN_TRIES)), signal)
      }
    }
  }

  async function send<T>(method: string, path: string, body: unknown, signal?: AbortSignal): Promise<T> {
    const isForm = body instanceof FormData
    const deadline = openDeadline(timeoutMs + (isForm ? sendingMs(body) : 0), signal)
    try {
      const response = await deadline.wait(
        fetch(new URL(path, baseUrl), {
          method,
          headers: {
            ...headers,
            ...(body !== undefined && !isForm && { 'content-type': 'application/json' }),
          },
          signal: deadline.signal,
          ...(body !== undefined && { body: isForm ? body : JSON.stringify(body) }),
        }),
      )
      if (!response.ok) throw await deadline.wait(errorOf(response))
      const answer = await deadline.wait(response.json() as Promise<{ success: true; data: T } | Failure>)
      if (!answer.success) throw new ReelayError(response.status, answer)
      return answer.data
    } finally {
      deadline.close()
    }
  }
}

/** How long the files of a form take over a slow line, one of 1 Mbit/s. */
function sendingMs(form: FormData): number {
  const files = [...form.values()].filter((value) => typeof value !== 'string')
  return files.reduce((sum, { size }) => sum + size, 0) / 125
}

/** Refused before anything was done. A task too many is refused until another ends: that is not waited for. */
function wasTurnedAway({ status, code }: ReelayError): boolean {
  return status === 429 && code !== 'too_many_unfinished'
}
