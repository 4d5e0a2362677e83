import type { ExternalTaskId } from '@reelay/contracts/task'
import { type DialectName, dialectNames } from '@reelay/simulator/dialects/all'
import { type Simulator, startSimulator } from '@reelay/simulator/server'
import { onTestFinished } from 'vitest'
import { KEY } from '../upstream.ts'

export { type DialectName, dialectNames }

/** A simulator that speaks a dialect, knows one key and goes when the test does. */
export async function aSimulator(dialect: DialectName): Promise<Simulator> {
  const simulator = await startSimulator({ dialect, key: KEY, script: { queuedMs: 0, renderMs: 0 } })
  onTestFinished(() => simulator.close())
  return simulator
}

/** Makes a finished video that nobody pays for, and returns its id. */
export async function addVideo({ adminUrl }: Simulator): Promise<ExternalTaskId> {
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify({ prompt: 'a paper boat' })
  const answer = await fetch(`${adminUrl}/videos`, { method: 'POST', headers, body })
  if (!answer.ok) throw new Error('the simulator made no video')
  return ((await answer.json()) as { id: ExternalTaskId }).id
}

/** What was asked, such as `GET`, and how many videos were paid for. */
export async function historyOf({ adminUrl }: Simulator) {
  const get = async (path: string) => (await fetch(`${adminUrl}/${path}`)).json()
  const requests = (await get('requests')) as { method: string }[]
  const { total } = (await get('bill')) as { total: number }
  return { methods: new Set(requests.map(({ method }) => method)), paid: total }
}
