import { randomBytes } from 'node:crypto'
import { until } from '../until.ts'
import type { World } from '../world/world.ts'
import { balance, inTurn } from './balance.ts'
import { type Listener, type ListenOptions, listen } from './listeners.ts'
import { remixSteadily } from './remix-steadily.ts'
import { createSender } from './sender.ts'
import { createUsers, type User } from './users.ts'
import { createWishes, type Wanted, type Wish } from './wishes.ts'

export type Load = Awaited<ReturnType<typeof startLoad>>

export type LoadOptions = ListenOptions & {
  users?: number
  listenersPerUser?: number
  isBalanced?: boolean
}

/** People who want videos and listen to what becomes of them. */
export async function startLoad(
  world: World,
  { users: count = 3, listenersPerUser = 1, isBalanced = false, ...options }: LoadOptions = {},
) {
  const { random, apiUrls, expect } = world
  const canary = `canary${randomBytes(6).toString('hex')}`
  const users = await createUsers(world, count)
  const listeners: Listener[] = users.flatMap((user) =>
    Array.from({ length: listenersPerUser }, () => listen(user, apiUrls, options)),
  )
  const { wishes, make, remixFromNowOn } = createWishes(canary)
  const nextApi = isBalanced ? balance(apiUrls) : inTurn(apiUrls)
  const { send, ask, statusOf, slowestAnswerMs } = createSender({ nextApi, expect })

  /** Asks for a new video, or for a remix of the user's first one, until an api says yes. */
  async function submit(
    markers = '',
    { user = random.pick(users), ...wanted }: Omit<Wanted, 'markers'> & { user?: User } = {},
  ): Promise<Wish> {
    const wish = make(user, { ...wanted, markers })
    await send(wish)
    return wish
  }

  /** Gives every user a finished video, of which everything later is a remix. */
  async function makeSources(): Promise<void> {
    const made = await Promise.all(users.map((user) => submit('', { user })))
    for (const wish of made) {
      const isMade = async () => (await statusOf(wish)) === 'COMPLETED'
      await until(isMade, { withinMs: 60_000, what: 'a source' })
      remixFromNowOn(wish.user, wish.videoId as string)
    }
  }

  return {
    canary,
    users,
    listeners,
    wishes,
    submit,
    submitMany: (count: number, markers = '') =>
      Promise.all(Array.from({ length: count }, () => submit(markers))),
    remixSteadily: (apiUrl: string, count: number, everyMs: number) =>
      remixSteadily(
        Array.from({ length: count }, () => make(random.pick(users))),
        apiUrl,
        everyMs,
      ),
    makeSources,
    send,
    ask,
    slowestAnswerMs,
    stop() {
      for (const { stop } of listeners) stop()
    },
  }
}
