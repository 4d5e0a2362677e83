export type RedisAddress = {
  host: string
  port: number
  username?: string
  password?: string
  db: number
  tls?: Record<string, never>
}

const SHAPE = /^(rediss?):\/\/(?:([^/?#]*)@)?([^@/?#\s]*)(?:\/([^/?#@\s]*))?(?:\?([^#@]*))?$/
const HOST = /^(?:\[([\da-f:.]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/i
const DEFAULT_PORT = 6379

/** Reads a URL of Redis. A problem is a sentence without its subject, and never shows a part of a password. */
export function readRedisUrl(text: string): { address: RedisAddress; problems: string[] } {
  const address: RedisAddress = { host: '', port: DEFAULT_PORT, db: 0 }
  const parts = SHAPE.exec(text)
  if (!parts) return { address, problems: [shapeProblem(text)] }
  const [, scheme, account, server = '', path = '', query = ''] = parts
  const problems: string[] = []
  if (scheme === 'rediss') address.tls = {}
  if (account) problems.push(...readAccount(account, address))

  const [, numeric, named, port = DEFAULT_PORT] = HOST.exec(server) ?? []
  address.host = numeric ?? named ?? ''
  address.port = Number(port)
  if (address.host === '' || address.port < 1 || address.port > 65_535)
    problems.push('must name a host as in redis://host:6379, with a port from 1 to 65535')

  const parameters = new URLSearchParams(query)
  const db = path || (parameters.get('db') ?? '0')
  address.db = Number(db)
  if (!/^\d{1,4}$/.test(db)) problems.push('must name a database by its number, as in redis://host:6379/0')
  if ([...parameters.keys()].some((name) => name !== 'db'))
    problems.push('can’t have other parameters than db')
  return { address, problems }
}

function readAccount(account: string, address: RedisAddress): string[] {
  const [username = '', ...rest] = account.split(':')
  if (rest.length === 0) return ['must have its password after a colon, as in redis://:password@host:6379']
  try {
    if (username) address.username = decodeURIComponent(username)
    address.password = decodeURIComponent(rest.join(':'))
    return []
  } catch {
    return ['must have each % in a name or password written as %25']
  }
}

function shapeProblem(text: string): string {
  if (!/^rediss?:\/\//.test(text)) return 'must be a redis:// or rediss:// URL'
  return 'must be as in redis://user:password@host:6379/0, with / ? # @ % and spaces in a name or password percent-encoded'
}
