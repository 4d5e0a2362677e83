import type { LoggedIn, Registered } from '@reelay/contracts/auth'
import type { TaskStatus } from '@reelay/contracts/lifecycle'
import type { ContentLink, Lineage, Submitted, TaskPage } from '@reelay/contracts/replies'
import type { CreateBody, ListQuery, RemixBody, Task } from '@reelay/contracts/task'
import type { TaskUpdate } from '@reelay/contracts/task-update'
import { type CallOptions, createCall } from './call.ts'
import { ReelayError } from './errors.ts'
import { readFeed } from './feed.ts'
import { createNewest } from './newest.ts'

export type { CallOptions, Task, TaskUpdate }
export { ReelayError }

export type ClientOptions = {
  /** Where the api is, as in `http://localhost:3001`; in a page usually `location.origin`. */
  baseUrl: string
  token?: string | undefined
  /**
   * How the feed says who listens. The header stays out of addresses and their logs; a ticket, one for each
   * connection, passes where a proxy takes the header away.
   */
  feedAuth?: 'header' | 'ticket'
  /** How long one request may take. */
  timeoutMs?: number
  /** How often a request is sent at most; only those that can do no harm twice are sent again. */
  tries?: number
  /** How long a feed may be silent; the api says something every 15 s. */
  silenceMs?: number
}

export type ReelayClient = ReturnType<typeof createClient>

/** A task as the feed tells of it. */
export type TaskState = TaskUpdate['payload']

export type NewTask = Partial<CreateBody> & { prompt: string }
export type NewRemix = Partial<RemixBody> & { prompt: string }
export type TasksQuery = Partial<Omit<ListQuery, 'all'>> & { all?: boolean }

const ended: ReadonlySet<TaskStatus> = new Set<TaskStatus>(['COMPLETED', 'FAILED', 'CANCELLED'])

/** A typed client of the api, for browsers and Node. Every call throws ReelayError on a failure. */
export function createClient(options: ClientOptions) {
  const { baseUrl, token, feedAuth = 'header', timeoutMs = 30_000, tries = 4, silenceMs = 60_000 } = options
  const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {}
  const call = createCall({ baseUrl, headers, timeoutMs, tries })
  const ticket = async (options: CallOptions) =>
    (await call<{ ticket: string }>('POST', '/api/sse/tickets', { ...options, repeatable: true })).ticket
  const feed = { baseUrl, headers, silenceMs, ticket: feedAuth === 'ticket' ? ticket : undefined }

  return {
    /** What an EventSource needs, and what a page keeps to stay logged in. */
    token,

    register: (account: { username: string; email: string; password: string }, options?: CallOptions) =>
      call<Registered>('POST', '/api/auth/register', { ...options, body: account }),

    /** Answers a client that is logged in. */
    async login(username: string, password: string, callOptions?: CallOptions) {
      const request = { ...callOptions, body: { username, password }, repeatable: true }
      const { token } = await call<LoggedIn>('POST', '/api/auth/login', request)
      return createClient({ ...options, token })
    },

    /** The key makes sure that one call makes one task, however often it is sent. */
    createTask: (task: NewTask, options?: CallOptions) =>
      call<Submitted>('POST', '/api/video/tasks', { ...options, body: withKey(task), repeatable: true }),

    /** A new prompt for a finished video; keyed like `createTask`. */
    remix: (videoId: string, remix: NewRemix, options?: CallOptions) =>
      call<Submitted>('POST', `${taskPath(videoId)}/remix`, {
        ...options,
        body: withKey(remix),
        repeatable: true,
      }),

    task: (videoId: string, options?: CallOptions) => call<Task>('GET', taskPath(videoId), options),

    /** One page of one's own tasks. */
    tasks,

    /** All of one's own tasks that the query names, page by page. */
    async *everyTask(query: TasksQuery = {}, options?: CallOptions): AsyncGenerator<Task, void, undefined> {
      let cursor: string | null | undefined = query.cursor
      do {
        const page: TaskPage = await tasks({ ...query, ...(cursor && { cursor }) }, options)
        yield* page.tasks
        cursor = page.nextCursor
      } while (cursor !== null)
    },

    lineage: (videoId: string, options?: CallOptions) =>
      call<Lineage>('GET', `${taskPath(videoId)}/lineage`, options),

    /** A link to a finished clip, good for ten minutes, that plays without a header. */
    contentLink,

    /** Opens a finished clip; what it answers is for the caller to look at. */
    async content(videoId: string, range?: string, { signal }: CallOptions = {}): Promise<Response> {
      const { url } = await contentLink(videoId, { signal })
      return fetch(url, { headers: range ? { range } : {}, signal: signal ?? null })
    },

    cancel: (videoId: string, options?: CallOptions) =>
      call<Task>('POST', `${taskPath(videoId)}/cancel`, options),

    /**
     * Tries an ended task once more; `force` pays again even when an earlier attempt may have been made. It has
     * no key, so it is never sent again by itself.
     */
    retry: (videoId: string, { force = false, ...options }: CallOptions & { force?: boolean } = {}) =>
      call<Task>('POST', `${taskPath(videoId)}/retry`, { ...options, body: { force } }),

    /** What became of requests whose answers were lost, by their keys. */
    recover: (clientRequestIds: string[], options?: CallOptions) =>
      call<{ tasks: Task[]; matched: number; requested: number }>('POST', '/api/video/tasks/recover', {
        ...options,
        body: { clientRequestIds },
        repeatable: true,
      }),

    /** A task's states as they come, the present one first, until it has ended. Comes back by itself after a cut. */
    async *follow(videoId: string, { signal }: CallOptions = {}): AsyncGenerator<TaskState, void, undefined> {
      const isNews = createNewest()
      for await (const message of readFeed({ videoId, signal }, feed)) {
        if (message.type !== 'taskUpdate' || !isNews(message.payload)) continue
        yield message.payload
        if (ended.has(message.payload.status)) return
      }
    },

    /** The states of all one's tasks, without an end: those unfinished or ended lately first, then as they come. */
    async *watch({ signal }: CallOptions = {}): AsyncGenerator<TaskState, void, undefined> {
      const isNews = createNewest()
      for await (const message of readFeed({ signal }, feed)) {
        if (message.type === 'taskUpdate' && isNews(message.payload)) yield message.payload
      }
    },
  }

  function tasks(query: TasksQuery = {}, options?: CallOptions): Promise<TaskPage> {
    const parameters = new URLSearchParams()
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) parameters.set(name, String(value))
    return call<TaskPage>('GET', `/api/video/tasks?${parameters}`, options)
  }

  async function contentLink(videoId: string, options?: CallOptions): Promise<ContentLink> {
    const link = await call<ContentLink>('GET', `${taskPath(videoId)}/content`, options)
    return { ...link, url: new URL(link.url, baseUrl).href }
  }
}

function taskPath(videoId: string): string {
  return `/api/video/tasks/${encodeURIComponent(videoId)}`
}

/** Made once for a call, so that its own re-sends are the same request; the caller's own key stays. */
function withKey<T extends { clientRequestId?: string | null | undefined }>(body: T): T {
  return { ...body, clientRequestId: body.clientRequestId ?? newKey() }
}

/** Not `randomUUID`, which a page has over https only. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
