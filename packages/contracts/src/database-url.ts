/**
 * Each host may be the primary; one that begins with / is the folder of a socket. The certificates and the key are
 * files; `system` as root certificate means those that Node trusts.
 */
export type DatabaseAddress = {
  hosts: { host: string; port: number }[]
  user?: string
  password?: string
  database?: string
  tls: TlsMode
  rootCertificate?: string
  certificate?: string
  key?: string
  isTlsDirect: boolean
  bindsChannel: boolean
  applicationName: string
  connectTimeoutMs?: number
  options?: string
  maxConnections?: number
  /** PgBouncer or the like, which knows neither prepared statements nor settings of a session. */
  isPooled: boolean
}

type TlsMode = (typeof tlsModes)[number]

const tlsModes = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'] as const
const tlsNames: Record<string, TlsMode> = {
  'no-verify': 'require',
  true: 'require',
  1: 'require',
  false: 'disable',
  0: 'disable',
}
const SHAPE = /^postgres(?:ql)?:\/\/(?:([^/?#]*)@)?([^@/?#\s]*)(?:\/([^/?#@\s]*))?(?:\?([^#@]*))?$/
const HOST = /^(?:\[([\da-f:.]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/i
const DEFAULT_PORT = 5432

/**
 * Reads a URL of Postgres as libpq does. A problem is a sentence without its subject, and never shows a part of a
 * password.
 */
export function readDatabaseUrl(text: string): { address: DatabaseAddress; problems: string[] } {
  const address: DatabaseAddress = {
    hosts: [],
    tls: 'disable',
    isTlsDirect: false,
    bindsChannel: false,
    applicationName: 'reelay',
    isPooled: false,
  }
  const parts = SHAPE.exec(text)
  if (!parts) return { address, problems: [shapeProblem(text)] }
  const [, account = '', hosts = '', database = '', query = ''] = parts
  const parameters = new URLSearchParams(query)
  const problems: string[] = []
  const decode = (part: string): string => {
    const decoded = decodeOr(part)
    if (decoded === undefined) problems.push('must have each % in a name or password written as %25')
    return decoded ?? ''
  }
  const [user = '', ...password] = account.split(':')
  if (user) address.user = decode(user)
  if (password.length > 0) address.password = decode(password.join(':'))
  if (database) address.database = decode(database)

  const host = hosts || parameters.get('host') || ''
  if (host === '') problems.push('must name a host, as in postgres://user:password@host:5432/database')
  for (const item of host === '' ? [] : host.split(',')) {
    const found = readHost(item, Number(parameters.get('port') ?? DEFAULT_PORT))
    if (found) address.hosts.push(found)
    else problems.push('must name each host as in host:5432 or [::1]:5432, with a port from 1 to 65535')
  }
  // Where a host is wrong, what looks like parameters may be the rest of a password.
  if (problems.length > 0) return { address, problems: [...new Set(problems)] }
  for (const [name, value] of parameters) {
    const read = (Object.hasOwn(readers, name) && readers[name]) || unknown(name)
    const problem = read(value, address)
    if (problem) problems.push(problem)
  }
  return { address, problems }
}

export function databaseHosts(text: string): string {
  return readDatabaseUrl(text)
    .address.hosts.map(({ host, port }) => `${host}:${port}`)
    .join()
}

function shapeProblem(text: string): string {
  if (!/^postgres(ql)?:\/\//.test(text)) return 'must be a postgres:// URL'
  return 'must be as in postgres://user:password@host:5432/database, with / ? # @ % and spaces in a name or password percent-encoded'
}

function readHost(item: string, otherwise: number) {
  const named = item.startsWith('/') ? [item, undefined, item] : HOST.exec(item)
  const host = decodeOr(named?.[1] ?? named?.[2] ?? '')
  const port = Number(named?.[3] ?? otherwise)
  return host && port >= 1 && port <= 65_535 ? { host, port } : undefined
}

type Reader = (value: string, address: DatabaseAddress) => string | undefined

const ignored: Reader = () => undefined

function assign(address: DatabaseAddress, found: Partial<DatabaseAddress>): undefined {
  Object.assign(address, found)
}

const readTls: Reader = (value, address) => {
  const mode = (Object.hasOwn(tlsNames, value) && tlsNames[value]) || tlsModes.find((mode) => mode === value)
  if (!mode) return `must have as sslmode one of ${tlsModes.join(', ')}`
  address.tls = mode
  return undefined
}

/** What each parameter does; Postgres itself would take any other for a setting of the server, and refuse it. */
const readers: Record<string, Reader> = {
  host: ignored,
  port: ignored,
  user: (value, address) => assign(address, { user: value }),
  password: (value, address) => assign(address, { password: value }),
  dbname: (value, address) => assign(address, { database: value }),
  sslmode: readTls,
  ssl: readTls,
  sslrootcert(value, address) {
    address.rootCertificate = value
    if (value === 'system') address.tls = 'verify-full'
    return undefined
  },
  sslcert: (value, address) => assign(address, { certificate: value }),
  sslkey: (value, address) => assign(address, { key: value }),
  sslnegotiation: (value, address) => assign(address, { isTlsDirect: value === 'direct' }),
  channel_binding: (value, address) => assign(address, { bindsChannel: value !== 'disable' }),
  application_name: (value, address) => assign(address, { applicationName: value }),
  connect_timeout: (value, address) => {
    const seconds = Number(value)
    if (!Number.isInteger(seconds) || seconds < 0) return 'must have as connect_timeout a number of seconds'
    if (seconds > 0) address.connectTimeoutMs = seconds * 1000
    return undefined
  },
  options: (value, address) => assign(address, { options: value }),
  target_session_attrs: (value) =>
    ['any', 'read-write', 'primary'].includes(value)
      ? undefined
      : 'must have read-write or primary as target_session_attrs: Reelay writes',
  client_encoding: (value) =>
    /^(auto|utf-?8)$/i.test(value) ? undefined : 'must have utf8 as client_encoding',
  schema: (value) =>
    value === 'public'
      ? undefined
      : 'can’t have another schema than public as schema: write options=-c%20search_path%3DNAME',
  pgbouncer: (value, address) => assign(address, { isPooled: value === 'true' }),
  connection_limit: (value, address) => {
    const most = Number(value)
    if (!Number.isInteger(most) || most < 1) return 'must have as connection_limit a number from 1'
    address.maxConnections = most
    return undefined
  },
  // Of libpq: about sockets, which are kept alive here in any case, and about what isn't built in.
  ...Object.fromEntries(
    ['keepalives', 'keepalives_idle', 'keepalives_interval', 'keepalives_count', 'tcp_user_timeout'].map(
      (name) => [name, ignored],
    ),
  ),
  fallback_application_name: ignored,
  gssencmode: ignored,
  sslcompression: ignored,
  uselibpqcompat: ignored,
}

function unknown(name: string): Reader {
  const shown = /^\w{1,40}$/.test(name) ? `the parameter ${name}` : 'a parameter'
  return () =>
    `has ${shown}, which means nothing here: leave it out, or write a setting of the server as options=-c%20NAME%3DVALUE`
}

function decodeOr(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
