import type { Failure, Lineage, Submitted } from '@reelay/contracts/replies'
import type { CreateBody, Task } from '@reelay/contracts/task'
import type { TaskUpdate } from '@reelay/contracts/task-update'
import { ReelayError } from './errors.ts'
import { readEvents } from './events.ts'

export { ReelayError }

export type ClientOptions = {
  /** Where the api is, as in `http://localhost:3001`. */
  baseUrl: string
  token?: string | undefined
}

export type ReelayClient = ReturnType<typeof createClient>

const terminal = new Set(['COMPLETED', 'FAILED', 'CANCELLED'])

/** A typed client of the api, for browsers and Node. Every call throws ReelayError on a failure answer. */
export function createClient({ baseUrl, token }: ClientOptions) {
  const headers = token ? { authorization: `Bearer ${token}` } : {}

  return {
    register: (account: { username: string; email: string; password: string }) =>
      call<{ id: string; username: string; email: string }>('POST', '/api/auth/register', account),

    /** Answers a client that is logged in. */
    async login(username: string, password: string) {
      const { token } = await call<{ token: string }>('POST', '/api/auth/login', { username, password })
      return createClient({ baseUrl, token })
    },

    createTask: (body: Partial<CreateBody> & { prompt: string }) =>
      call<Submitted>('POST', '/api/video/tasks', body),

    remix: (videoId: string, body: { prompt: string; model?: string; clientRequestId?: string }) =>
      call<Submitted>('POST', `/api/video/tasks/${videoId}/remix`, body),

    task: (videoId: string) => call<Task>('GET', `/api/video/tasks/${videoId}`),

    tasks: (query: Record<string, string> = {}) =>
      call<{ tasks: Task[]; total: number; nextCursor: string | null }>(
        'GET',
        `/api/video/tasks?${new URLSearchParams(query)}`,
      ),

    cancel: (videoId: string) => call<Task>('POST', `/api/video/tasks/${videoId}/cancel`),

    /** Tries an ended task once more; `force` pays again even when an earlier attempt may have been made. */
    retry: (videoId: string, { force = false } = {}) =>
      call<Task>('POST', `/api/video/tasks/${videoId}/retry`, { force }),

    lineage: (videoId: string) => call<Lineage>('GET', `/api/video/tasks/${videoId}/lineage`),

    /** Opens a finished clip; the link in the task plays without a header. */
    async content(videoId: string, range?: string): Promise<Response> {
      const { url } = await call<{ url: string }>('GET', `/api/video/tasks/${videoId}/content`)
      return fetch(new URL(url, baseUrl), { headers: range ? { range } : {} })
    },

    /** A task's states as they come, the present one first, until it has ended. Comes back by itself after a cut. */
    async *follow(
      videoId: string,
      { signal }: { signal?: AbortSignal } = {},
    ): AsyncGenerator<TaskUpdate['payload']> {
      const url = new URL(`/api/sse/task-updates?videoId=${videoId}`, baseUrl)
      let version = 0
      for await (const event of readEvents(url, { headers, signal })) {
        if (event.type !== 'taskUpdate' || event.payload.version <= version) continue
        version = event.payload.version
        yield event.payload
        if (terminal.has(event.payload.status)) return
      }
    },
  }

  async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(new URL(path, baseUrl), {
      method,
      headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const answer = (await response.json().catch(() => ({}))) as {
      success?: boolean
      data?: T
    } & Partial<Failure>
    if (!answer.success) throw new ReelayError(response.status, answer as Partial<Failure>)
    return answer.data as T
  }
}
