import OpenAI from 'openai'
import { onTestFinished, vi } from 'vitest'
import type { BilledJob, Mistakes } from '../src/bill.ts'
import type { Keys } from '../src/keys.ts'
import { type SimulatorOptions, startSimulator } from '../src/server.ts'
import { checkAnswer } from './openapi.ts'

export const key = 'sk-test'
export const instantly = { queuedMs: 0, renderMs: 0 }
export const never = { queuedMs: 3_600_000, renderMs: 0 }

export interface BillAnswer {
  total: number
  jobs: BilledJob[]
  mistakes: Mistakes
  keys: ReturnType<Keys['read']>
}

export interface ErrorAnswer {
  error: { message: string; type: string; param: string | null; code: string | null }
}

export interface VideoAnswer {
  id: string
  video_url: string
}

/** A simulator for one test, the official client for it, and plain requests to its routes and its admin. */
export async function aSimulation(options: Partial<SimulatorOptions> = {}) {
  const simulator = await startSimulator({ key, script: instantly, ...options })
  onTestFinished(() => simulator.close())

  const client = new OpenAI({
    apiKey: key,
    baseURL: simulator.url,
    maxRetries: 0,
    async fetch(url, init) {
      const response = await fetch(url, init)
      await checkAnswer(init?.method ?? 'GET', new URL(response.url).pathname, response.clone())
      return response
    },
  })

  function request(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const json = body === undefined ? {} : { 'content-type': 'application/json' }
    return fetch(simulator.url + path, {
      method,
      headers: { authorization: `Bearer ${key}`, ...json, ...headers },
      body: body === undefined ? null : JSON.stringify(body),
    })
  }

  async function admin<Answer = { id: string }>(method: string, path: string, body?: unknown) {
    const url = simulator.adminUrl + path
    const response = await fetch(url, {
      method,
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
    })
    if (!response.ok)
      throw new Error(`${method} ${path} answered ${response.status} ${await response.text()}`)
    return (response.status === 204 ? undefined : await response.json()) as Answer
  }

  return { simulator, client, request, admin }
}

/** Stops the clock for one test: its videos grow as old as `vi.advanceTimersByTime` makes them. */
export function stopClock() {
  vi.useFakeTimers({ toFake: ['Date'] })
  onTestFinished(() => void vi.useRealTimers())
}

/** A request that is given up as unanswered after a short while. */
export async function isUnanswered(request: (signal: AbortSignal) => Promise<unknown>): Promise<boolean> {
  const patience = AbortSignal.timeout(1000)
  return request(patience).then(
    () => false,
    () => patience.aborted,
  )
}
