import { setTimeout as sleep } from 'node:timers/promises'
import { loggableReason } from '@reelay/db/errors'
import type { TaskRow } from '@reelay/db/schema'
import type { Tasks } from '@reelay/db/tasks'
import type { UserRepository } from '@reelay/db/user-repository'
import type { ProgressListener } from '@reelay/queue/progress'
import type { Logger } from 'pino'

export type CatchUpDeps = {
  listener: ProgressListener
  tasks: Pick<Tasks, 'changedLately'>
  users: Pick<UserRepository, 'gone'>
  log: Logger
}

type CatchUpListener = {
  userIds: () => string[]
  onChange: (row: TaskRow) => void
  onGone: (userId: string) => void
}

const EVERY_MS = 5000
const AGAIN_MS = 500
const BACK_MS = 120_000
/** Every second time it also asks who was deleted. */
const GONE_EVERY = 2

/**
 * Asks Postgres every five seconds what ended lately for those who listen; what changed at all, while Redis is
 * away and once after. No end that pub/sub loses stays unknown for longer.
 */
export function startCatchingUp(deps: CatchUpDeps, { userIds, onChange, onGone }: CatchUpListener) {
  const closing = new AbortController()
  let answeredAt = performance.now()
  let wasAway = false
  let rounds = 0
  let isAsking = false
  let isRenewed = false

  const timer = setInterval(() => void ask(), EVERY_MS)
  const stopHearing = deps.listener.onRenewed(() => {
    isRenewed = true
    void ask()
  })

  return {
    close(): void {
      closing.abort()
      clearInterval(timer)
      stopHearing()
    },
  }

  async function ask(): Promise<void> {
    if (isAsking) return
    isAsking = true
    do {
      const everything = isRenewed
      isRenewed = false
      await askOnce(everything).catch(async (error: Error) => {
        deps.log.warn({ reason: loggableReason(error) }, 'feed could not ask postgres')
        isRenewed ||= everything
        await sleep(AGAIN_MS, undefined, closing).catch(() => {})
      })
    } while (isRenewed && !closing.signal.aborted)
    isAsking = false
  }

  async function askOnce(everything: boolean): Promise<void> {
    const asked = userIds()
    const askedAt = performance.now()
    if (asked.length > 0) {
      const isAway = !(await deps.listener.isAnswering())
      const endedOnly = !everything && !isAway && !wasAway
      const rows = await deps.tasks.changedLately(asked, BACK_MS + askedAt - answeredAt, endedOnly)
      for (const row of rows) onChange(row)
      wasAway = isAway
      rounds += 1
      if (rounds % GONE_EVERY === 0) for (const userId of await deps.users.gone(asked)) onGone(userId)
    }
    answeredAt = askedAt
  }
}
