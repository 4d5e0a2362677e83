import type { ExternalTaskId } from '@reelay/contracts/task'
import pLimit from 'p-limit'
import { Pool } from 'undici'
import { type Answer, answerOf, createScrubber, isSuccess, reasonOf } from './answer/answer.ts'
import { parseCutJson } from './answer/loose-json.ts'
import { readBody } from './answer/read-body.ts'
import { type OnCall, reportCall } from './call.ts'
import { createContent } from './content/content.ts'
import { type ListOutcome, listOutcome, type RetrieveOutcome, retrieveOutcome } from './outcome.ts'
import { type SubmitOutcome, submitOutcome } from './submit/outcome.ts'
import {
  MAX_HEADER_BYTES,
  NotSentError,
  type Post,
  type SendOnceOptions,
  sendOnce,
} from './submit/send-once.ts'
import { videoAt } from './video/location.ts'
import { withoutRequestIds } from './video/other-ids.ts'
import { readVideo } from './video/video.ts'

export type UpstreamOptions = {
  /** With its path prefix, as in `https://host/v1`. */
  baseUrl: string
  apiKey: string
  auth: 'bearer' | 'raw' | 'api-key'
  remixVerb: 'remix' | 'edits'
  remixModel: 'omit' | 'send'
  submitTimeoutMs: number
  pollTimeoutMs: number
  sendWindowMs: number
  /** Origins beside upstream's own that content may be fetched from, wherever they are. */
  contentOrigins?: readonly string[]
  /** Connections kept alive for reads. */
  readConnections?: number
  /** Hears what became of each call. */
  onCall?: OnCall
}

/** What to make: a remix when it has a source, else a first video. */
export type SubmitRequest = {
  prompt: string
  sourceId?: ExternalTaskId | undefined
  model?: string | null
  size?: string | null
  seconds?: string | null
}

type Permission = Pick<SendOnceOptions, 'record' | 'maySend'>

export type UpstreamClient = ReturnType<typeof createUpstreamClient>

const CONNECT_TIMEOUT_MS = 10_000
/** What a paid POST answers is read generously. */
const MAX_SUBMIT_BYTES = 1024 * 1024
/** The longest prompt, each of its characters an emoji and escaped, and 8 KB. Hundreds of polls at once may have to hold that. */
const MAX_VIDEO_BYTES = 400_000
/** Longer answers are read so many at a time: some never end, and would leave the process no time for others. */
const LONG_AT_ONCE = 2
/** A hundred videos with the longest prompts, every character of them escaped. */
const MAX_LIST_BYTES = 40 * 1024 * 1024

/**
 * The only code that speaks to upstream: one request a call, no retries, and an honest answer about what
 * became of it.
 */
export function createUpstreamClient(options: UpstreamOptions) {
  const base = new URL(options.baseUrl)
  const prefix = base.pathname.replace(/\/$/, '')
  const headers = { ...credentials(options), accept: 'application/json', 'user-agent': 'reelay' }
  const scrub = createScrubber(options.apiKey)
  const videos = openReader(MAX_VIDEO_BYTES)
  const lists = openReader(MAX_LIST_BYTES)
  const content = createContent({
    base,
    headers,
    scrub,
    contentOrigins: options.contentOrigins ?? [],
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    headersTimeoutMs: options.pollTimeoutMs,
    retrieve,
    pathOf: (id) => `${prefix}/videos/${encodeId(id)}/content`,
  })

  return {
    /** Asks upstream to make a video, once. `record` and `maySend` are heard between connecting and writing. */
    submit: (request: SubmitRequest, permission: Permission) =>
      reported('submit', () => submit(request, permission)),

    /** One look at a video. */
    retrieve: (id: ExternalTaskId) => reported('retrieve', () => retrieve(id)),

    /** How long one read may take; a signal ends several together. */
    pollTimeoutMs: options.pollTimeoutMs,

    /** Whether a completed video has anything to play, at its content or where its body says. */
    probeContent: (...video: Parameters<typeof content.probe>) =>
      reported('probeContent', () => content.probe(...video)),

    /** A page of upstream's videos, newest first, older than `after` if given. */
    list: (after?: ExternalTaskId) => reported('list', () => list(after)),

    /**
     * Opens a finished video's bytes, whole or the given range; the caller reads the body or destroys it.
     * Limited by an idle timeout only.
     */
    openContent: (...video: Parameters<typeof content.open>) =>
      reported('openContent', () => content.open(...video)),

    /** Throws when upstream can't be reached at all; any HTTP answer will do. */
    async probe(): Promise<void> {
      await lists.read('/videos?limit=1')
    },

    async close(): Promise<void> {
      await Promise.all([videos.close(), lists.close(), content.close()])
    },
  }

  function deadline(): AbortSignal {
    return AbortSignal.timeout(options.pollTimeoutMs)
  }

  function reported<T>(operation: string, call: () => Promise<T>): Promise<T> {
    return reportCall(operation, call, options.onCall)
  }

  async function submit(request: SubmitRequest, permission: Permission): Promise<SubmitOutcome> {
    try {
      const post = await submission(request)
      const { body, ...head } = await sendOnce(post, {
        ...permission,
        origin: base.origin,
        connectTimeoutMs: CONNECT_TIMEOUT_MS,
        timeoutMs: options.submitTimeoutMs,
        sendWindowMs: options.sendWindowMs,
        maxResponseBytes: MAX_SUBMIT_BYTES,
      })
      const answer = withPlace(answerOf(head, body.text, parseCutJson), post, request)
      const outcome = submitOutcome({ ...answer, bodyError: body.error }, scrub, request.sourceId)
      const isCut = body.error && outcome.kind === 'in_doubt' && isSuccess(answer)
      return isCut ? { ...outcome, reason: scrub(reasonOf(body.error)) } : outcome
    } catch (error) {
      if (error instanceof NotSentError) {
        // A failed record is the recorder's to explain: its error may carry what must not be logged.
        const reason = error.recorded ? error.message : scrub(reasonOf(error.cause ?? error))
        return { kind: 'not_sent', recorded: error.recorded, reason }
      }
      return { kind: 'in_doubt', reason: scrub(reasonOf(error)) }
    }
  }

  async function list(after?: ExternalTaskId): Promise<ListOutcome> {
    const cursor = after ? `&after=${encodeURIComponent(after)}` : ''
    try {
      return listOutcome(await lists.read(`/videos?limit=100&order=desc${cursor}`))
    } catch (error) {
      return { kind: 'trouble', reason: scrub(reasonOf(error)) }
    }
  }

  async function retrieve(id: ExternalTaskId, signal = deadline()): Promise<RetrieveOutcome> {
    try {
      return retrieveOutcome(await videos.read(`/videos/${encodeId(id)}`, signal), scrub, { id, base })
    } catch (error) {
      return { kind: 'trouble', reason: scrub(reasonOf(error)) }
    }
  }

  async function submission({ prompt, sourceId, model, size, seconds }: SubmitRequest): Promise<Post> {
    if (sourceId === undefined) {
      const form = new FormData()
      form.set('prompt', prompt)
      for (const [name, value] of Object.entries({ model, size, seconds })) if (value) form.set(name, value)
      const encoded = new Response(form)
      const type = encoded.headers.get('content-type') ?? ''
      return {
        path: `${prefix}/videos`,
        headers: { ...headers, 'content-type': type },
        body: await encoded.bytes(),
      }
    }
    const extra = options.remixModel === 'send' && model ? { model } : {}
    if (options.remixVerb === 'edits') return json('edits', { prompt, video: { id: sourceId }, ...extra })
    return json(`${encodeId(sourceId)}/remix`, { prompt, ...extra })
  }

  function json(path: string, body: object): Post {
    return {
      path: `${prefix}/videos/${path}`,
      headers: { ...headers, 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify(body)),
    }
  }

  /** Some answer a paid POST with nothing but the new video's address. */
  function withPlace(answer: Answer, { path }: Post, { sourceId }: SubmitRequest): Answer {
    const { status, body, header } = answer
    // 307 and 308 ask to send the same again: nothing was made.
    if (status < 200 || status >= 400 || status === 307 || status === 308) return answer
    if (readVideo(withoutRequestIds(body), { source: sourceId })) return answer
    const asked = { url: new URL(path, base), prefix, sourceId }
    const id = videoAt(header('location'), asked) ?? videoAt(header('operation-location'), asked)
    return id ? { ...answer, body: { id } } : answer
  }

  /** Connections for answers of so many bytes at most. */
  function openReader(maxBytes: number) {
    const inTurn = pLimit(LONG_AT_ONCE)
    const pool = new Pool(base.origin, {
      allowH2: false,
      connections: options.readConnections ?? 128,
      pipelining: 1,
      connectTimeout: CONNECT_TIMEOUT_MS,
      headersTimeout: options.pollTimeoutMs,
      bodyTimeout: options.pollTimeoutMs,
      maxHeaderSize: MAX_HEADER_BYTES,
    })
    return {
      async read(path: string, signal = deadline()): Promise<Answer> {
        const response = await pool.request({ method: 'GET', path: `${prefix}${path}`, headers, signal })
        const { text, error } = await readBody(response.body, response.headers, {
          keepBytes: maxBytes,
          inTurn,
        })
        return { ...answerOf(response, text), bodyError: error, isEmpty: text.trim() === '' }
      },
      close: () => pool.destroy(),
    }
  }
}

function credentials({ auth, apiKey }: UpstreamOptions): Record<string, string> {
  if (auth === 'api-key') return { 'api-key': apiKey }
  return { authorization: auth === 'raw' ? apiKey : `Bearer ${apiKey}` }
}

/** An id from upstream is opaque text; `.` and `..` would climb out of the path. */
function encodeId(id: ExternalTaskId): string {
  if (id === '.' || id === '..') throw new NotSentError('upstream gave a video id that is no name', false)
  return encodeURIComponent(id)
}
