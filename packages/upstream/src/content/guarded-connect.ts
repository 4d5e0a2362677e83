import { type LookupAddress, lookup as systemLookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { buildConnector } from 'undici'
import { isPublicAddress } from './public-address.ts'

export class AddressRefusedError extends Error {}

export type GuardOptions = {
  trusted: ReadonlySet<string>
  timeoutMs: number
  lookup?: typeof systemLookup
}

/**
 * Connects to trusted origins as usual and to others at public addresses only. Names are judged by what they
 * resolve to for this very connection, so that a name can't answer differently the second time.
 */
export function createGuardedConnect({ trusted, timeoutMs, lookup = systemLookup }: GuardOptions) {
  const options = { allowH2: false, timeout: timeoutMs }
  const plain = buildConnector(options)
  const guarded = buildConnector({ ...options, lookup: publicOnly(lookup) })

  const connect: buildConnector.connector = (target, callback) => {
    if (trusted.has(`${target.protocol}//${target.host}`)) return plain(target, callback)
    if (isIP(target.hostname) && !isPublicAddress(target.hostname)) return callback(refused(), null)
    guarded(target, callback)
  }
  return connect
}

function publicOnly(lookup: typeof systemLookup): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      const [first] = addresses ?? []
      if (error || !first) return callback(error ?? refused(), [])
      if (!addresses.every(({ address }) => isPublicAddress(address))) return callback(refused(), [])
      if (options.all) callback(null, addresses)
      else callback(null, first.address, first.family)
    })
  }
}

function refused(): AddressRefusedError {
  return new AddressRefusedError('not a public address')
}
