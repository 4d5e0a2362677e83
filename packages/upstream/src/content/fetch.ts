import { Agent, type Dispatcher } from 'undici'
import { reasonOf, type Scrub } from '../answer/answer.ts'
import { MAX_HEADER_BYTES } from '../answer/read-body.ts'
import type { Trouble } from '../read-outcome.ts'
import { AddressRefusedError, createGuardedConnect } from './guarded-connect.ts'

export type FetchOptions = {
  base: URL
  /** Those with the key: they go to upstream's own origin only. */
  headers: Record<string, string>
  contentOrigins: readonly string[]
  connectTimeoutMs: number
  headersTimeoutMs: number
  scrub: Scrub
}

export type Place = {
  url: URL
  isUpstreams: boolean
  isRoute?: boolean
}

/** `unseen`: one that we don't visit or whose name is unknown here, so that there may well be a clip. */
export type BadAddress = { kind: 'bad_address'; reason: string; unseen?: boolean }
export type Fetched =
  | { kind: 'answer'; response: Dispatcher.ResponseData; place: Place }
  | BadAddress
  | Trouble

type Request = { range?: string | undefined; signal: AbortSignal }

const IDLE_TIMEOUT_MS = 30_000
const MAX_REDIRECTS = 20
const redirects = new Set([301, 302, 303, 307, 308])
/** Of origins that nobody vouched for; any other is to be named by an operator. */
const webPorts = new Set(['', '80', '443', '8080', '8443'])
/** What addresses carry that are good without a key: many stores refuse those that come with one, too. */
const signature =
  /^(x-\w+-(signature|credential|security-token)|(q-)?sign(ature)?|sig|token|\w*_token_*|access_?token|auth_?key|hdn[a-z]{2}|verify|expires?|policy|key-pair-id|\w*access_?key_?id|md5|hmac|hash|authorization|x-\w+-expires)$/i

export function createFetch(options: FetchOptions) {
  const { base } = options
  const trusted = new Set([base.origin, ...options.contentOrigins])
  const agent = new Agent({
    allowH2: false,
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: options.headersTimeoutMs,
    bodyTimeout: IDLE_TIMEOUT_MS,
    connect: createGuardedConnect({ trusted, timeoutMs: options.connectTimeoutMs }),
  })
  const deps = { ...options, agent }
  const send: Send = (place, withKey, request) => sendTo(place, withKey, request, deps)

  return {
    async follow(from: Place, request: Request): Promise<Fetched> {
      const seen = new Set<string>()
      let place = { ...from, isUpstreams: from.isUpstreams && from.url.origin === base.origin }
      for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
        const refused = whyUnfit(place.url, trusted)
        if (refused) return refused
        seen.add(place.url.href)
        const answer = await knock(place, request, send)
        if (answer.kind !== 'answer' || !redirects.has(answer.response.statusCode)) return answer
        discard(answer.response)
        const url = targetOf(answer.response, place.url)
        if (!url || seen.has(url.href)) break
        // Once another origin had a say in where to go, the key stays at home.
        place = { url, isUpstreams: place.isUpstreams && url.origin === base.origin }
      }
      return { kind: 'bad_address', reason: 'redirected to nowhere' }
    },

    close: () => agent.destroy(),
  }
}

function whyUnfit(
  { protocol, username, password, origin, port }: URL,
  trusted: ReadonlySet<string>,
): BadAddress | undefined {
  const refused = (reason: string) => ({ kind: 'bad_address', reason }) as const
  if (protocol !== 'http:' && protocol !== 'https:') return refused('neither http nor https')
  if (username !== '' || password !== '') return refused('carries a user name')
  if (trusted.has(origin) || webPorts.has(port)) return undefined
  return { ...refused('not a port of the web'), unseen: true }
}

type Send = (place: Place, withKey: boolean, request: Request) => Promise<Fetched>

/** At upstream's own origin an address may want the key or not bear it: what it refuses is asked the other way. */
async function knock(place: Place, request: Request, send: Send): Promise<Fetched> {
  const { url, isUpstreams, isRoute } = place
  const first = isUpstreams && (isRoute || !isSigned(url))
  const answer = await send(place, first, request)
  if (!isUpstreams || isRoute || answer.kind !== 'answer') return answer
  const refusals = first ? [400, 401, 403] : [400, 401, 403, 404]
  if (!refusals.includes(answer.response.statusCode)) return answer
  discard(answer.response)
  return send(place, !first, request)
}

async function sendTo(
  place: Place,
  withKey: boolean,
  { range, signal }: Request,
  { agent, base, scrub, headers: withItsKey }: FetchOptions & { agent: Agent },
): Promise<Fetched> {
  const { origin, pathname, search } = place.url
  const headers = {
    ...(withKey ? withItsKey : { 'user-agent': 'reelay' }),
    accept: 'video/mp4, video/*;q=0.9, application/octet-stream;q=0.8, */*;q=0.1',
    'accept-encoding': 'identity',
    ...(range && { range }),
  }
  try {
    const path = pathname + search
    const ask = () => agent.request({ origin, path, method: 'GET', headers, signal })
    const response = await ask().catch((error) => (isCutUnanswered(error) ? ask() : Promise.reject(error)))
    return { kind: 'answer', response, place }
  } catch (error) {
    const reason = scrub(reasonOf(error))
    const isNowhere = origin !== base.origin && (error as { code?: string }).code === 'ENOTFOUND'
    const isUnseen = isNowhere || error instanceof AddressRefusedError
    return isUnseen ? { kind: 'bad_address', reason, unseen: true } : { kind: 'trouble', reason }
  }
}

/** As a kept connection is that was closed over there just before it was used again. */
function isCutUnanswered({ code = '' }: { code?: string }): boolean {
  return ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'].includes(code)
}

function isSigned({ searchParams }: URL): boolean {
  return [...searchParams.keys()].some((name) => signature.test(name))
}

function targetOf({ headers }: Dispatcher.ResponseData, from: URL): URL | null {
  const locations = new Set([headers.location ?? []].flat())
  const [location] = locations
  if (location === undefined || locations.size > 1) return null
  // Bytes beyond ASCII are UTF-8 as a rule, and come as if each were a character.
  const text = Buffer.from(location, 'latin1').toString('utf8')
  return URL.parse(text.includes('\ufffd') ? location : text, from.href)
}

/** Reads no further: an answer may be endless. */
export function discard({ body }: Pick<Dispatcher.ResponseData, 'body'>): void {
  body.on('error', () => {}).destroy()
}
