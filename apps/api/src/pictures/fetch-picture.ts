import { problems } from '@reelay/contracts/problems'
import { SpoolError, type SpooledFile, spool } from '@reelay/media/spool'
import { AddressRefusedError, createGuardedConnect } from '@reelay/upstream/content/guarded-connect'
import type { Logger } from 'pino'
import { Agent, type Dispatcher, interceptors } from 'undici'
import { invalid } from '../http/errors.ts'

/** Fetches what an address leads to, once. Throws ApiError where that can't be had, and SpoolError where it is too much. */
export type FetchPicture = (url: string, maxBytes: number) => Promise<SpooledFile>

type Options = { origins: readonly string[]; log: Pick<Logger, 'info'>; withinMs?: number | undefined }

const WITHIN_MS = 15_000
const CONNECT_MS = 5000
const MAX_REDIRECTS = 5
const webPorts = ['', '443', '8443']

/** Over https from public addresses, or from the origins that an operator named. */
export function createFetchPicture({ origins, log, withinMs = WITHIN_MS }: Options) {
  const trusted = new Set(origins)
  const connect = createGuardedConnect({ trusted, timeoutMs: CONNECT_MS })
  const agent = new Agent({ allowH2: false, maxHeaderSize: 16 * 1024, connect })
  const following = agent.compose(onlyFit(trusted), interceptors.redirect({ maxRedirections: MAX_REDIRECTS }))

  const fetchPicture: FetchPicture = async (address, maxBytes) => {
    const url = URL.parse(address)
    if (!url || !isFit(url, trusted)) throw refused()
    const signal = AbortSignal.timeout(withinMs)
    try {
      const { statusCode, body } = await following.request({
        origin: url.origin,
        path: url.pathname + url.search,
        method: 'GET',
        headers: {
          'user-agent': 'reelay',
          accept: 'image/jpeg, image/png, image/webp',
          'accept-encoding': 'identity',
        },
        signal,
      })
      if (statusCode !== 200) {
        body.on('error', () => {}).destroy()
        throw refused()
      }
      return await spool(body, { maxBytes, signal })
    } catch (error) {
      if (error instanceof SpoolError) throw error
      log.info({ reason: reasonOf(error) }, 'picture not fetched')
      throw refused()
    }
  }
  return { fetchPicture, close: () => agent.destroy() }
}

/** Each hop of a redirect is judged like the first. */
function onlyFit(trusted: ReadonlySet<string>): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) => {
    const url = URL.parse(String(options.path), String(options.origin))
    if (!url || !isFit(url, trusted))
      throw new AddressRefusedError('redirected to where no picture is fetched from')
    return dispatch(options, handler)
  }
}

function isFit({ protocol, origin, port, username, password }: URL, trusted: ReadonlySet<string>): boolean {
  if (username !== '' || password !== '') return false
  return trusted.has(origin) || (protocol === 'https:' && webPorts.includes(port))
}

/** Messages of connections name hosts, which are none of an operator's business here. */
function reasonOf(error: unknown): string {
  if (error instanceof AddressRefusedError) return error.message
  const { code, name } = error as NodeJS.ErrnoException
  return typeof code === 'string' ? code : name
}

function refused() {
  return invalid('input_reference', problems.pictureAddress)
}
