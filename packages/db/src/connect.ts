import pg from 'pg'
import { driverOptions } from './driver-options.ts'

const PATIENCE_MS = 30_000

/** One connection to the first host of a URL, for what wants a session of its own. The caller ends it. */
export async function connectTo(url: string): Promise<pg.Client> {
  const { config, address } = driverOptions(url)
  const client = new pg.Client({ ...config, ...address.hosts[0], connectionTimeoutMillis: PATIENCE_MS })
  // A query under way rejects when the connection ends, and nobody else has to know.
  client.on('error', () => {})
  await client.connect()
  return client
}
