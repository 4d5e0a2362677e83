import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { stopwatch } from '../measure/times.ts'
import { PATIENCE, until } from '../until.ts'
import type { World } from '../world/world.ts'
import { balance, inTurn } from './balance.ts'
import { type Listener, type ListenOptions, listen } from './listeners.ts'
import type { SteadyAnswer, SteadyRemixes } from './steady-remixes.ts'
import { createUsers, type User } from './users.ts'

/** A request that must become one task, and the task it became. */
export type Wish = {
  key: string
  prompt: string
  user: User
  source?: string
  videoId?: string
  sends: number
}

export type Load = Awaited<ReturnType<typeof startLoad>>

export type LoadOptions = ListenOptions & {
  users?: number
  listenersPerUser?: number
  /** Sends only to apis that say that they are ready, as behind a balancer. */
  isBalanced?: boolean
}

type Answer = { success?: boolean; code?: string; data?: { videoId: string }; details?: { videoId?: string } }

const GIVE_UP_MS = PATIENCE * 120_000
const ANSWER_MS = PATIENCE * 15_000
/** An api that stood still, or has too much to do. */
const AGAIN = new Set([408, 429])
const AGAIN_MS = { first: 100, longest: 1600 }

/** People who want videos and listen to what becomes of them. */
export async function startLoad(
  world: World,
  { users: count = 3, listenersPerUser = 1, isBalanced = false, ...options }: LoadOptions = {},
) {
  const { random, apiUrls } = world
  const canary = `canary${randomBytes(6).toString('hex')}`
  const users = await createUsers(world, count)
  const listeners: Listener[] = users.flatMap((user) =>
    Array.from({ length: listenersPerUser }, () => listen(user, apiUrls, options)),
  )
  const wishes: Wish[] = []
  const sources = new Map<User, string>()
  let slowestMs = 0
  const nextApi = isBalanced ? balance(apiUrls) : inTurn(apiUrls)

  return {
    canary,
    users,
    listeners,
    wishes,
    submit,
    remixSteadily,
    send,
    ask,

    /** The longest that a submission went without an answer, or an error instead of one. */
    slowestAnswerMs: () => slowestMs,

    submitMany: (count: number, markers = '') =>
      Promise.all(Array.from({ length: count }, () => submit(markers))),

    /** Gives every user a finished video, of which everything later is a remix. */
    async makeSources(): Promise<void> {
      const made = await Promise.all(users.map((user) => submit('', { user })))
      for (const wish of made) {
        await until(async () => (await statusOf(wish)) === 'COMPLETED', {
          withinMs: 60_000,
          what: 'a source',
        })
        sources.set(wish.user, wish.videoId as string)
      }
    },

    stop() {
      for (const { stop } of listeners) stop()
    },
  }

  /** Asks for a new video, or for a remix of the user's first one, until an api says yes. */
  async function submit(
    markers = '',
    { user = random.pick(users), prompt = '' }: { user?: User; prompt?: string } = {},
  ): Promise<Wish> {
    const wish = makeWish(user, prompt || `${canary} number ${wishes.length + 1} ${markers}`.trim())
    await send(wish)
    return wish
  }

  function makeWish(user: User, prompt: string): Wish {
    const source = sources.get(user)
    const wish = { key: `wish-${wishes.length + 1}`, prompt, user, ...(source && { source }), sends: 0 }
    wishes.push(wish)
    return wish
  }

  /**
   * Remixes steadily, whether or not earlier ones were answered, from a thread of its own: what it waits for is
   * not what this one is busy with. Answers how long each took, in ms, rising.
   */
  async function remixSteadily(apiUrl: string, count: number, everyMs: number): Promise<number[]> {
    const made = Array.from({ length: count }, () => {
      return makeWish(random.pick(users), `${canary} number ${wishes.length + 1}`)
    })
    const requests = made.map(({ key, prompt, source, user }) => ({ key, prompt, source, token: user.token }))
    const workerData: SteadyRemixes = { apiUrl, everyMs, requests }
    const thread = new Worker(new URL('./steady-remixes.ts', import.meta.url), { workerData })
    const [answers] = (await once(thread, 'message')) as [SteadyAnswer[]]
    for (const [i, { videoId }] of answers.entries()) Object.assign(made[i] as Wish, { videoId, sends: 1 })
    return answers.map(({ ms }) => ms).sort((a, b) => a - b)
  }

  /** Sends a request, and the same again as long as no answer to it was seen. */
  async function send(wish: Wish): Promise<void> {
    const path = wish.source ? `/api/video/tasks/${wish.source}/remix` : '/api/video/tasks'
    const startedAt = performance.now()
    for (let pauseMs = AGAIN_MS.first; performance.now() - startedAt < GIVE_UP_MS; pauseMs *= 2) {
      wish.sends += 1
      const videoId = await trySend(wish, path)
      if (videoId) {
        world.expect(!wish.videoId || wish.videoId === videoId, `${wish.key} became a second task ${videoId}`)
        wish.videoId ??= videoId
        return
      }
      await sleep(Math.min(pauseMs, AGAIN_MS.longest))
    }
    throw new Error(`no api took ${wish.key} within ${GIVE_UP_MS / 1000} s`)
  }

  /** A refusal that names its task says that the task was accepted, and has ended. */
  async function trySend(wish: Wish, path: string): Promise<string | undefined> {
    const since = stopwatch()
    const response = await request(wish.user, 'POST', path, { prompt: wish.prompt }, wish).catch(() => {})
    slowestMs = Math.max(slowestMs, since())
    const answer = (await response?.json().catch(() => {})) as Answer | undefined
    const videoId = answer?.data?.videoId ?? answer?.details?.videoId
    if (response && answer && !videoId && response.status < 500 && !AGAIN.has(response.status)) {
      throw new Error(`an api answered ${response.status} ${answer.code}`)
    }
    return videoId
  }

  /** The owner's word on a task. Answers the status code. */
  async function ask({ user, videoId }: Wish, what: 'cancel' | 'retry', body?: unknown): Promise<number> {
    const response = await request(user, 'POST', `/api/video/tasks/${videoId}/${what}`, body)
    await response.arrayBuffer()
    return response.status
  }

  async function statusOf({ user, videoId }: Wish): Promise<string> {
    const response = await request(user, 'GET', `/api/video/tasks/${videoId}`)
    return ((await response.json()) as { data: { status: string } }).data.status
  }

  function request(
    user: User,
    method: string,
    path: string,
    body?: unknown,
    { key }: Partial<Wish> = {},
  ): Promise<Response> {
    return fetch(`${nextApi()}${path}`, {
      method,
      signal: AbortSignal.timeout(ANSWER_MS),
      headers: {
        authorization: `Bearer ${user.token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(key && { 'idempotency-key': key }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
  }
}
