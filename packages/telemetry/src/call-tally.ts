import type { CredentialId } from '@reelay/contracts/credential'
import { type CallTally, foundAgain } from '@reelay/contracts/upstream-calls'
import type { Logger } from 'pino'
import type { Events } from './events.ts'

type Sink = {
  add: (tallies: CallTally[]) => Promise<void>
  log: Logger
  everyMs?: number
}

type Seen = Omit<CallTally, 'lastAgoMs'> & { lastAt: number }

const EVERY_MS = 10_000

/**
 * Counts a process's calls to upstream and hands them on `everyMs`, while there are any: what is idle writes nothing.
 * What can't be handed on is lost, since handing it on twice might count it twice.
 */
export function tallyCalls(events: Events, { add, log, everyMs = EVERY_MS }: Sink) {
  let seen = new Map<string, Seen>()
  let timer: NodeJS.Timeout | undefined

  events.on('upstreamCalled', ({ credential, operation, outcome }) =>
    note(credential, { operation, outcome }),
  )
  events.on('videoFoundAgain', ({ credential }) => note(credential, foundAgain))

  function note(credential: CredentialId, call: { operation: string; outcome: string }): void {
    const name = `${credential} ${call.operation} ${call.outcome}`
    const count = (seen.get(name)?.count ?? 0) + 1
    seen.set(name, { ...call, credential, count, lastAt: performance.now() })
    timer ??= setTimeout(handOn, everyMs).unref()
  }

  async function handOn(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    if (seen.size === 0) return
    const now = performance.now()
    const tallies = [...seen.values()].map(({ lastAt, ...call }) => ({ ...call, lastAgoMs: now - lastAt }))
    seen = new Map()
    await add(tallies).catch((error: Error) => log.warn({ reason: error.message }, 'calls not counted'))
  }

  return {
    close: handOn,
  }
}
