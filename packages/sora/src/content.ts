import type { ExternalTaskId } from '@reelay/contracts/task'
import { Agent, type Dispatcher } from 'undici'
import { answerOf, createScrubber, reasonOf } from './answer.ts'
import { AddressRefusedError, createGuardedConnect } from './guarded-connect.ts'
import type { RetrieveOutcome, Trouble } from './outcome.ts'
import { MAX_HEADER_BYTES } from './send-once.ts'

export type ContentOptions = {
  base: URL
  apiKey: string
  /** Those with the key: they go to upstream's own origin only. */
  headers: Record<string, string>
  /** Further origins that content may be fetched from, wherever they are. */
  contentOrigins: readonly string[]
  connectTimeoutMs: number
  headersTimeoutMs: number
  retrieve: (id: ExternalTaskId) => Promise<RetrieveOutcome>
  pathOf: (id: ExternalTaskId) => string
}

export type ContentRequest = { range?: string | undefined; signal: AbortSignal }

/** A finished video's bytes, or why there are none. Whoever gets a body reads it or destroys it. */
export type Content =
  | {
      kind: 'bytes'
      status: 200 | 206
      header: (name: string) => string | undefined
      body: Dispatcher.ResponseData['body']
    }
  | { kind: 'unsatisfiable'; contentRange: string | undefined }
  | { kind: 'missing' }
  /** Upstream names an address that nothing may be fetched from. */
  | { kind: 'bad_address'; reason: string }
  | Trouble

const IDLE_TIMEOUT_MS = 30_000
const MAX_REDIRECTS = 2
const redirects = new Set([301, 302, 303, 307, 308])
/** Servers disagree about which of these says that there is nothing, or no such route. */
const missing = new Set([400, 404, 405, 409, 410, 501])
/** Of origins that nobody vouched for; any other is to be named by an operator. */
const webPorts = new Set(['', '80', '443', '8080', '8443'])

/** Streams of finished videos, from upstream or from where upstream says that they are. */
export function createContent(options: ContentOptions) {
  const { base } = options
  const scrub = createScrubber(options.apiKey)
  const trusted = new Set([base.origin, ...options.contentOrigins])
  const agent = new Agent({
    allowH2: false,
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: options.headersTimeoutMs,
    bodyTimeout: IDLE_TIMEOUT_MS,
    connect: createGuardedConnect({ trusted, timeoutMs: options.connectTimeoutMs }),
  })

  return {
    /** One request for a video's content at upstream, following nothing. Throws when there is no answer. */
    request: (id: ExternalTaskId, request: ContentRequest) => send(contentUrl(id), true, request),

    /** Opens a video's bytes, whole or one range: its content, else the address in its body. */
    async open(id: ExternalTaskId, request: ContentRequest): Promise<Content> {
      try {
        const content = await follow(contentUrl(id), request)
        if (content.kind !== 'missing') return content
        const look = await options.retrieve(id)
        if (look.kind !== 'video') return look
        const url = look.video.url ? URL.parse(look.video.url) : null
        return url ? await follow(url, request) : content
      } catch (error) {
        const reason = scrub(reasonOf(error))
        return error instanceof AddressRefusedError
          ? { kind: 'bad_address', reason }
          : { kind: 'trouble', reason }
      }
    },

    close: () => agent.destroy(),
  }

  function contentUrl(id: ExternalTaskId): URL {
    return new URL(options.pathOf(id), base)
  }

  async function follow(from: URL, request: ContentRequest): Promise<Content> {
    let url = from
    let withKey = true
    for (let hops = 0; ; hops += 1) {
      const unfit = whyUnfit(url)
      if (unfit) return { kind: 'bad_address', reason: unfit }
      // Once another origin had a say in where to go, the key stays at home.
      withKey &&= url.origin === base.origin
      const response = await send(url, withKey, request)
      const { location } = response.headers
      if (!redirects.has(response.statusCode) || typeof location !== 'string')
        return contentOf(response, withKey)

      discard(response)
      const next = URL.parse(location, url.href)
      if (!next || hops === MAX_REDIRECTS) return { kind: 'bad_address', reason: 'redirected to nowhere' }
      url = next
    }
  }

  function whyUnfit({ protocol, username, password, origin, port }: URL): string | undefined {
    if (protocol !== 'http:' && protocol !== 'https:') return 'neither http nor https'
    if (username !== '' || password !== '') return 'carries a user name'
    if (!trusted.has(origin) && !webPorts.has(port)) return 'not a port of the web'
    return undefined
  }

  function send({ origin, pathname, search }: URL, withKey: boolean, { range, signal }: ContentRequest) {
    const headers = {
      ...(withKey ? options.headers : { 'user-agent': 'reelay' }),
      accept: 'video/mp4, application/octet-stream',
      'accept-encoding': 'identity',
      ...(range && { range }),
    }
    return agent.request({ origin, path: pathname + search, method: 'GET', headers, signal })
  }
}

function contentOf(response: Dispatcher.ResponseData, withKey: boolean): Content {
  const { status, header } = answerOf(response, '')
  if (status === 200 || status === 206) return { kind: 'bytes', status, header, body: response.body }
  discard(response)
  if (status === 416) return { kind: 'unsatisfiable', contentRange: header('content-range') }
  // To a request without a key, 403 is what a link says whose time is over.
  if (missing.has(status) || (status === 403 && !withKey)) return { kind: 'missing' }
  return { kind: 'trouble', reason: `upstream answered ${status}` }
}

/** Reads no further: an answer may be endless. */
export function discard({ body }: Pick<Dispatcher.ResponseData, 'body'>): void {
  body.on('error', () => {}).destroy()
}
