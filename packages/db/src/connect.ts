import pg from 'pg'
import { driverOptions } from './driver-options.ts'
import { ReadOnlyServer } from './errors.ts'

const CONNECT_TIMEOUT_MS = 30_000

/** One connection for what wants a session of its own: to the first host of a URL that takes writes. The caller ends it. */
export async function connectTo(url: string): Promise<pg.Client> {
  const { config, address } = driverOptions(url)
  const ways = address.hosts.flatMap((host) => [
    { ...config, ...host },
    ...(address.tls === 'prefer' ? [{ ...config, ...host, ssl: false }] : []),
  ])
  let failure: unknown
  for (const way of ways) {
    try {
      return await connect(way, address.hosts.length > 1)
    } catch (error) {
      failure ??= error
    }
  }
  throw failure
}

async function connect(config: pg.ClientConfig, isOneOfMany: boolean): Promise<pg.Client> {
  const client = new pg.Client({ ...config, connectionTimeoutMillis: CONNECT_TIMEOUT_MS })
  client.on('error', () => {})
  await client.connect()
  if (!isOneOfMany) return client
  try {
    const { rows } = await client.query('show transaction_read_only')
    if (rows[0]?.transaction_read_only === 'off') return client
    throw new ReadOnlyServer()
  } catch (error) {
    await client.end()
    throw error
  }
}
