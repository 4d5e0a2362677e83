import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { SteadyAnswer, SteadyRemixes } from './steady-thread.ts'
import type { Wish } from './wishes.ts'

/**
 * Sends these steadily, whether or not earlier ones were answered, from a thread of its own: what it waits for is
 * not what this one is busy with. Returns how long each took, in ms, rising.
 */
export async function remixSteadily(wishes: Wish[], apiUrl: string, everyMs: number): Promise<number[]> {
  const requests = wishes.map(({ key, prompt, source, user }) => ({ key, prompt, source, token: user.token }))
  const workerData: SteadyRemixes = { apiUrl, everyMs, requests }
  const thread = new Worker(new URL('./steady-thread.ts', import.meta.url), { workerData })
  const [answers] = (await once(thread, 'message')) as [SteadyAnswer[]]
  for (const [i, { videoId }] of answers.entries()) Object.assign(wishes[i] as Wish, { videoId, sends: 1 })
  return answers.map(({ ms }) => ms).sort((a, b) => a - b)
}
