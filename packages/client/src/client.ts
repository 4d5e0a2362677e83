import type { LoggedIn, Registered } from '@reelay/contracts/auth'
import type { Task } from '@reelay/contracts/task'
import type { TaskUpdate } from '@reelay/contracts/task-update'
import { type CallOptions, createCall } from './call.ts'
import {
  createChanges,
  type NewEdit,
  type NewExtension,
  type NewRemix,
  type NewTask,
  type NewUpload,
} from './changes.ts'
import { ReelayError } from './errors.ts'
import type { FeedConnection } from './feed.ts'
import { createFollow, type TaskState } from './follow.ts'
import { createKeys, type KeyRequest } from './keys.ts'
import { createOperations } from './operations.ts'
import { createReads, type TasksQuery } from './reads.ts'

export type {
  CallOptions,
  FeedConnection,
  KeyRequest,
  NewEdit,
  NewExtension,
  NewRemix,
  NewTask,
  NewUpload,
  Task,
  TaskState,
  TasksQuery,
  TaskUpdate,
}
export { ReelayError }

/**
 * The token is of a login, or an API key; the language is that of the sentences that the api tells people. A request is
 * sent `tries` times at most: again where the api took no more just then (429), or where its answer was lost and it can
 * do no harm twice. A feed may be silent for `silenceMs`; the api says something every 15 s.
 */
export type ClientOptions = {
  baseUrl: string
  token?: string | undefined
  language?: 'en' | 'zh' | undefined
  /**
   * How the feed says who listens. The header stays out of addresses and their logs; a ticket, one for each
   * connection, passes where a proxy takes the header away.
   */
  feedAuth?: 'header' | 'ticket'
  timeoutMs?: number
  tries?: number
  silenceMs?: number
}

export type ReelayClient = ReturnType<typeof createClient>

/** A typed client of the api, for browsers and Node. Every call throws ReelayError on a failure. */
export function createClient(options: ClientOptions) {
  const { baseUrl, token, language, feedAuth = 'header' } = options
  const { timeoutMs = 30_000, tries = 4, silenceMs = 60_000 } = options
  const headers: Record<string, string> = {
    ...(token && { authorization: `Bearer ${token}` }),
    ...(language && { 'accept-language': language }),
  }
  const call = createCall({ baseUrl, headers, timeoutMs, tries })
  const ticket = async (options: CallOptions) =>
    (await call<{ ticket: string }>('POST', '/api/sse/tickets', { ...options, repeatable: true })).ticket
  const feed = { baseUrl, headers, silenceMs, ticket: feedAuth === 'ticket' ? ticket : undefined }

  return {
    ...createChanges(call),
    ...createReads(call, baseUrl),
    ...createFollow(feed),
    ...createKeys(call),
    ...createOperations(call),

    token,

    register: (account: { username: string; email: string; password: string }, options?: CallOptions) =>
      call<Registered>('POST', '/api/auth/register', { ...options, body: account }),

    openSession,

    async login(username: string, password: string, callOptions?: CallOptions) {
      const { token } = await openSession(username, password, callOptions)
      return createClient({ ...options, token })
    },
  }

  function openSession(username: string, password: string, callOptions?: CallOptions): Promise<LoggedIn> {
    const request = { ...callOptions, body: { username, password }, repeatable: true }
    return call<LoggedIn>('POST', '/api/auth/login', request)
  }
}
