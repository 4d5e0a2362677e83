import type { ExternalTaskId } from '@reelay/contracts/task'
import type { Attachment } from './attachment.ts'
import { reportCall, type TraceCall } from './call.ts'
import { createContent } from './content/content.ts'
import { createThumbnail, type Thumbnail } from './content/thumbnail.ts'
import type { Dialect } from './dialect/dialect.ts'
import {
  CONNECT_TIMEOUT_MS,
  createEndpoint,
  type Endpoint,
  pathOf,
  type UpstreamOptions,
} from './endpoint.ts'
import { createList } from './requests/list.ts'
import { createRetrieve } from './requests/retrieve.ts'
import type { SubmitRequest } from './requests/submission.ts'
import { type Permission, submitVideo } from './requests/submit.ts'

export type { Attachment, SubmitRequest, UpstreamOptions }

export type UpstreamClient = ReturnType<typeof createUpstreamClient>

export type ListTells = { prompt: boolean; source: boolean; time: boolean }

/** What those who follow videos must know of a dialect. */
export type Reads = {
  /** How often in a row, and over which time, upstream must say that it has no such video until that is so. */
  missing: { count: number; spanMs: number }
  pollFloorMs: number
  /**
   * Undefined where earlier videos can't be listed. `idsVary`: it may spell an id otherwise than an answer did before.
   * `complete`: a listed video is told of as one that is asked for by itself.
   */
  list: { tells: ListTells; idsVary: boolean; complete: boolean } | undefined
}

/**
 * The only code that speaks to upstream: one request a call, no retries, and an honest answer about what
 * became of it.
 */
export function createUpstreamClient(options: UpstreamOptions) {
  const endpoint = createEndpoint(options)
  const videos = createRetrieve(endpoint)
  const lists = createList(endpoint)
  const { result, thumbnail } = endpoint.dialect
  const fetching = {
    base: endpoint.base,
    headers: endpoint.headers,
    scrub: endpoint.scrub,
    contentOrigins: options.contentOrigins ?? [],
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    headersTimeoutMs: options.pollTimeoutMs,
    retrieve: videos.retrieve,
    mayWantKey: result.key !== 'never',
  }
  const content = createContent({ ...fetching, pathOf: below(result.route), reading: endpoint.reading })
  const thumbnails = thumbnail && createThumbnail({ ...fetching, pathOf: below(thumbnail.route) })

  function below(route: string | null | undefined) {
    return route ? (id: ExternalTaskId) => `${endpoint.prefix}${pathOf(route, id)}` : undefined
  }

  const { onCall, traceCall = untraced } = options

  function reported<T>(operation: string, call: Parameters<typeof traceCall<T>>[1]): Promise<T> {
    return traceCall(operation, (headers) => reportCall(operation, () => call(headers), onCall))
  }

  return {
    /** Asks upstream to make a video, once. `record` and `maySend` are heard between connecting and writing. */
    submit: (request: SubmitRequest, permission: Permission) =>
      reported('submit', (headers) =>
        submitVideo(request, permission, withHeaders(endpoint, headers), videos.retrieve),
      ),

    retrieve: (id: ExternalTaskId) => reported('retrieve', () => videos.retrieve(id)),

    pollTimeoutMs: options.pollTimeoutMs,

    reads: readsOf(options.dialect),

    probeContent: (...video: Parameters<typeof content.probe>) =>
      reported('probeContent', () => content.probe(...video)),

    list: (after?: ExternalTaskId) => reported('list', () => lists.list(after)),

    /**
     * Opens a finished video's bytes, whole or the given range; the caller reads the body or destroys it.
     * Limited by an idle timeout only.
     */
    openContent: (...video: Parameters<typeof content.open>) =>
      reported('openContent', () => content.open(...video)),

    openThumbnail: (id: ExternalTaskId, signal: AbortSignal): Promise<Thumbnail> =>
      thumbnails
        ? reported('openThumbnail', () => thumbnails.open(id, signal))
        : Promise.resolve({ kind: 'missing' }),

    /** Throws when upstream can't be reached at all; any HTTP answer will do. */
    probe: () => lists.probe(),

    async close(): Promise<void> {
      await Promise.all([videos.close(), lists.close(), content.close(), thumbnails?.close()])
    },
  }
}

const untraced: TraceCall = (_, call) => call({})

/** Only a POST needs it: the other requests are undici's, which others may trace. */
function withHeaders(endpoint: Endpoint, headers: Record<string, string>): Endpoint {
  return { ...endpoint, headers: { ...endpoint.headers, ...headers } }
}

function readsOf({ missing: { count, spanMs }, poll, list, id }: Dialect): Reads {
  const tells = (what: 'prompt' | 'source' | 'time') => list?.tells.includes(what) ?? false
  return {
    missing: { count, spanMs },
    pollFloorMs: poll.floorMs,
    list: list
      ? {
          tells: { prompt: tells('prompt'), source: tells('source'), time: tells('time') },
          idsVary: id.inPoll === 'varies',
          complete: list.complete && id.inPoll !== 'varies',
        }
      : undefined,
  }
}
