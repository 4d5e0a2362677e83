import { readFileSync } from 'node:fs'
import { type DatabaseAddress, readDatabaseUrl } from '@reelay/contracts/database-url'
import type { ClientConfig } from 'pg'

/** A busy machine takes long for twenty at once; where the address leads by then is found out sooner. */
const CONNECT_TIMEOUT_MS = 15_000

/** A URL of Postgres as the driver takes it, but for the host. Throws an error that tells what is wrong with it. */
export function driverOptions(url: string) {
  const { address, problems } = readDatabaseUrl(url.trim())
  if (problems.length > 0) throw new Error(problems.map((problem) => `DATABASE_URL: ${problem}`).join('\n'))
  const { user, password, database, options } = address
  const config: ClientConfig = {
    ...(user && { user }),
    ...(password && { password }),
    ...(database && { database }),
    ...(options && { options }),
    application_name: address.applicationName,
    connectionTimeoutMillis: address.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    enableChannelBinding: address.bindsChannel,
    sslnegotiation: address.isTlsDirect ? 'direct' : 'postgres',
    ssl: tlsOf(address),
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  }
  return { config, address }
}

/** As libpq: `require` believes any certificate, unless it was told whose. */
function tlsOf({ tls, rootCertificate, certificate, key }: DatabaseAddress): ClientConfig['ssl'] {
  if (tls === 'disable') return false
  const hasRoot = rootCertificate !== undefined && rootCertificate !== 'system'
  return {
    ...(hasRoot && { ca: read('sslrootcert', rootCertificate) }),
    ...(certificate && { cert: read('sslcert', certificate) }),
    ...(key && { key: read('sslkey', key) }),
    rejectUnauthorized: tls.startsWith('verify') || hasRoot,
    ...(tls !== 'verify-full' && { checkServerIdentity: () => undefined }),
  }
}

function read(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new Error(`DATABASE_URL: ${name} can’t be read: ${(error as NodeJS.ErrnoException).code}`)
  }
}
