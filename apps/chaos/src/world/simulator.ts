import { join } from 'node:path'
import { untilAnswered } from './answered.ts'
import type { Launcher } from './launcher.ts'

const main = join(import.meta.dirname, '../../../simulator/src/main.ts')

/** Upstream, and the routes by which its faults are ordered and its bill is read. */
export function startSimulator({ launch }: Launcher, port: number) {
  const simulator = launch('simulator', main)
  const adminUrl = `http://127.0.0.1:${port}/admin`

  async function admin<T = unknown>(path: string, body?: unknown): Promise<T> {
    const headers = { 'content-type': 'application/json' }
    const request = body === undefined ? {} : { method: 'POST', headers, body: JSON.stringify(body) }
    const response = await fetch(`${adminUrl}/${path}`, request)
    if (!response.ok) throw new Error(`admin/${path} answered ${response.status}`)
    return (response.status === 204 ? undefined : await response.json()) as T
  }

  return { simulator, adminUrl, admin, isUp: () => untilAnswered(`${adminUrl}/bill`, 'upstream') }
}
