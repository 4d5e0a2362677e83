import { setTimeout as sleep } from 'node:timers/promises'
import { stopwatch } from '../measure/times.ts'
import { PATIENCE } from '../until.ts'
import type { World } from '../world/world.ts'
import type { User } from './users.ts'
import type { Wish } from './wishes.ts'

type Answer = { success?: boolean; code?: string; data?: { videoId: string }; details?: { videoId?: string } }

type Request = { method: 'GET' | 'POST'; path: string; body?: unknown; key?: string }

const MODEL = 'sora-2'
const GIVE_UP_MS = PATIENCE * 120_000
const ANSWER_MS = PATIENCE * 15_000
/** An api that stood still, or has too much to do. */
const AGAIN = new Set([408, 429])
const AGAIN_MS = { first: 100, longest: 1600 }

type SenderOptions = { nextApi: () => string; expect: World['expect'] }

export function createSender({ nextApi, expect }: SenderOptions) {
  let slowestMs = 0

  /** Sends a request, and the same again as long as no answer to it was seen. */
  async function send(wish: Wish): Promise<void> {
    const startedAt = performance.now()
    for (let pauseMs = AGAIN_MS.first; performance.now() - startedAt < GIVE_UP_MS; pauseMs *= 2) {
      wish.sends += 1
      const since = stopwatch()
      const response = await request(nextApi(), wish.user, requestFor(wish)).catch(() => undefined)
      slowestMs = Math.max(slowestMs, since())
      const videoId = await acceptedAs(response)
      if (videoId) {
        expect(!wish.videoId || wish.videoId === videoId, `${wish.key} became a second task ${videoId}`)
        wish.videoId ??= videoId
        return
      }
      await sleep(Math.min(pauseMs, AGAIN_MS.longest))
    }
    throw new Error(`no api took ${wish.key} within ${GIVE_UP_MS / 1000} s`)
  }

  async function ask({ user, videoId }: Wish, what: 'cancel' | 'retry', body?: unknown): Promise<number> {
    const path = `/api/video/tasks/${videoId}/${what}`
    const response = await request(nextApi(), user, { method: 'POST', path, body })
    await response.arrayBuffer()
    return response.status
  }

  async function statusOf({ user, videoId }: Wish): Promise<string> {
    const response = await request(nextApi(), user, { method: 'GET', path: `/api/video/tasks/${videoId}` })
    return ((await response.json()) as { data: { status: string } }).data.status
  }

  return {
    send,
    ask,
    statusOf,
    /** The longest that a submission went without an answer, or an error instead of one. */
    slowestAnswerMs: () => slowestMs,
  }
}

function request(api: string, { token }: User, { method, path, body, key }: Request): Promise<Response> {
  const hasBody = body !== undefined
  return fetch(`${api}${path}`, {
    method,
    signal: AbortSignal.timeout(ANSWER_MS),
    headers: {
      authorization: `Bearer ${token}`,
      ...(hasBody && { 'content-type': 'application/json' }),
      ...(key && { 'idempotency-key': key }),
    },
    ...(hasBody && { body: JSON.stringify(body) }),
  })
}

/** A first video names its model, since there are upstreams that want one. */
function requestFor({ source, prompt, key }: Wish): Request {
  if (source) return { method: 'POST', path: `/api/video/tasks/${source}/remix`, body: { prompt }, key }
  return { method: 'POST', path: '/api/video/tasks', body: { prompt, model: MODEL }, key }
}

/** A refusal that names its task says that the task was accepted, and has ended. */
async function acceptedAs(response: Response | undefined): Promise<string | undefined> {
  const answer = (await response?.json().catch(() => {})) as Answer | undefined
  const videoId = answer?.data?.videoId ?? answer?.details?.videoId
  if (response && answer && !videoId && response.status < 500 && !AGAIN.has(response.status)) {
    throw new Error(`an api answered ${response.status} ${answer.code}`)
  }
  return videoId
}
