import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { untilAnswered } from './answered.ts'
import type { Launcher } from './launcher.ts'

const main = join(import.meta.dirname, '../../../simulator/src/main.ts')

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'

/** Upstream, and the routes by which its faults are ordered and its bill is read. It knows no key that anybody has. */
export function startSimulator(
  { launch }: Launcher,
  { name, port, dialect, path }: { name: string; port: number; dialect: string; path: string },
) {
  const env = {
    SIMULATOR_PORT: String(port),
    SIMULATOR_DIALECT: dialect,
    SIMULATOR_PREFIX: path,
    SIMULATOR_KEY: randomBytes(24).toString('hex'),
  }
  const simulator = launch(`simulator-${name}`, main, { env })
  const adminUrl = `http://127.0.0.1:${port}/admin`

  async function admin<T = unknown>(
    path: string,
    body?: unknown,
    method: Method = body === undefined ? 'GET' : 'POST',
  ): Promise<T> {
    const headers = { 'content-type': 'application/json' }
    const request = body === undefined ? {} : { method, headers, body: JSON.stringify(body) }
    const response = await fetch(`${adminUrl}/${path}`, request)
    if (!response.ok) throw new Error(`admin/${path} answered ${response.status}`)
    return (response.status === 204 ? undefined : await response.json()) as T
  }

  return { simulator, adminUrl, admin, isUp: () => untilAnswered(`${adminUrl}/bill`, 'upstream') }
}
