import { expect, onTestFinished } from 'vitest'
import type { DialectName } from '../../src/dialects/all.ts'
import { type SimulatorOptions, startSimulator } from '../../src/server.ts'
import type { BillAnswer } from '../simulation.ts'

export const key = 'sk-test'

/** How each server wants its key. */
export const authorization: Record<DialectName, (key: string) => Record<string, string>> = {
  openai: bearer,
  azure: (key) => ({ 'api-key': key }),
  litellm: bearer,
  bifrost: bearer,
  'new-api': bearer,
  'sora-relay': (key) => ({ authorization: key }),
  'vllm-omni': bearer,
  sglang: bearer,
  trtllm: () => ({}),
  openrouter: bearer,
  xai: bearer,
}

// biome-ignore lint/suspicious/noExplicitAny: the answers of eleven servers have no type in common.
export type Json = any
export type Parts = Record<string, string | File>

/** A simulator that speaks a dialect, and requests to it by whoever has a key. */
export async function aConversation(dialect: DialectName, options: Partial<SimulatorOptions> = {}) {
  const script = { queuedMs: 0, renderMs: 0 }
  const simulator = await startSimulator({ dialect, keys: [{ key, name: 'first' }], script, ...options })
  onTestFinished(() => simulator.close())

  async function call(method: string, path: string, body?: object, usedKey = key) {
    const url = path.startsWith('http') ? path : simulator.url + path
    const headers = { ...authorization[dialect](usedKey) }
    if (body && !(body instanceof FormData)) headers['content-type'] = 'application/json'
    const sent = body instanceof FormData ? body : body && JSON.stringify(body)
    const response = await fetch(url, { method, headers, body: sent ?? null })
    const isJson = response.headers.get('content-type')?.startsWith('application/json')
    const answer: Json = isJson ? await response.json() : undefined
    return { status: response.status, body: answer, response }
  }

  async function admin<Answer = Json>(method: string, path: string, body?: object): Promise<Answer> {
    const headers: Record<string, string> = body ? { 'content-type': 'application/json' } : {}
    const response = await fetch(simulator.adminUrl + path, {
      method,
      headers,
      body: body ? JSON.stringify(body) : null,
    })
    expect(response.ok, `${method} ${path} answers ${response.status}`).toBe(true)
    return (response.status === 204 ? undefined : await response.json()) as Answer
  }

  return {
    simulator,
    call,
    admin,
    bill: () => admin<BillAnswer>('GET', '/bill'),
    get: (path: string, usedKey?: string) => call('GET', path, undefined, usedKey),
    post: (path: string, body: object, usedKey?: string) => call('POST', path, body, usedKey),
  }
}

export type Conversation = Awaited<ReturnType<typeof aConversation>>

export function form(parts: Parts): FormData {
  const data = new FormData()
  for (const [name, part] of Object.entries(parts)) data.append(name, part)
  return data
}

export const png = () =>
  new File([new Uint8Array([0x89, 0x50, 0x4e, 0x47, 1])], 'a.png', { type: 'image/png' })
export const mp4 = () => new File(['a clip'], 'own.mp4', { type: 'video/mp4' })

function bearer(key: string) {
  return { authorization: `Bearer ${key}` }
}
