import { isTerminal } from '@reelay/contracts/lifecycle'
import type { KeyPlan } from '../world/upstreams.ts'
import type { Span, Step } from './credential-history.ts'
import type { Change } from './history.ts'

/** A time in which a task waited that a credential could have made. */
export type IdleBesideWaiting = Span & { videoId: string; ms: number }

/**
 * `history` is by task, `plans` by credential, as in `north/a`. In its `troubles` a credential was broken or held,
 * and is not expected to work. `candidatesOf` names the credentials that may make a task.
 */
export type Facts = {
  history: Map<string, Change[]>
  steps: Step[]
  plans: Map<string, KeyPlan>
  troubles: Span[]
  candidatesOf: (videoId: string) => readonly string[]
}

/** In any of these a key takes only so many: Reelay keeps to a little more than a minute. */
const RATE_WINDOW_MS = 61_000

/**
 * Each time of more than `leastMs` in which a credential was free (neither broken nor held, with fewer running and sent
 * than it may have) and began nothing, while a task that it could have made waited to be sent.
 */
export function idleBesideWaiting(facts: Facts, leastMs: number): IdleBesideWaiting[] {
  const { history, steps, plans, candidatesOf } = facts
  const stepsOf = Map.groupBy(steps, ({ videoId }) => videoId)
  const uses = [...stepsOf].flatMap(([videoId, own]) => usesOf(own, history.get(videoId) ?? []))
  const idle = [...plans].flatMap(([credential, plan]) => {
    const ofKey = (span: Span) => span.credential === credential
    return idleSpans(credential, plan, { uses: uses.filter(ofKey), troubles: facts.troubles.filter(ofKey) })
  })
  const long = Map.groupBy(
    idle.filter(({ from, to }) => to - from > leastMs),
    ({ credential }) => credential,
  )
  return [...history].flatMap(([videoId, changes]) =>
    candidatesOf(videoId).flatMap((credential) => {
      const waits = waitsOf(stepsOf.get(videoId) ?? [], changes, credential)
      return (long.get(credential) ?? []).flatMap((span) =>
        waits.flatMap((wait) => {
          const ms = Math.min(span.to, wait.to) - Math.max(span.from, wait.from)
          return ms > leastMs ? [{ ...span, videoId, ms }] : []
        }),
      )
    }),
  )
}

/** From each submission of a task until upstream is done with it, or has not taken it. */
function usesOf(steps: Step[], changes: Change[]): Span[] {
  return steps.flatMap(({ outcome, credential, at, attempt }, i) => {
    if (outcome !== 'sending') return []
    const later = steps.slice(i + 1).filter((step) => step.attempt === attempt)
    const unmade = later.find((step) => ['not_sent', 'refused', 'unknown'].includes(step.outcome))
    const ended = changes.find((change) => change.attempt > attempt || isTerminal(change.status))
    return [{ credential, from: at, to: unmade?.at ?? ended?.at ?? Number.POSITIVE_INFINITY }]
  })
}

type Load = { uses: Span[]; troubles: Span[] }

function idleSpans(
  credential: string,
  { maxInFlight = Number.POSITIVE_INFINITY, submitsPerMinute = Number.POSITIVE_INFINITY }: KeyPlan,
  { uses, troubles }: Load,
): Span[] {
  const count = { running: 0, recent: 0, troubles: 0 }
  const edges = [
    ...uses.flatMap(({ from, to }) => edgesOf('running', from, to)),
    ...uses.flatMap(({ from }) => edgesOf('recent', from, from + RATE_WINDOW_MS)),
    ...troubles.flatMap(({ from, to }) => edgesOf('troubles', from, to)),
  ].sort((a, b) => a.at - b.at)
  const spans: Span[] = []
  let since: number | undefined = 0
  for (const { what, by, at } of edges) {
    count[what] += by
    const isFree = count.troubles === 0 && count.running < maxInFlight && count.recent < submitsPerMinute
    const begins = what === 'running' && by === 1
    if (since !== undefined && (begins || !isFree)) spans.push({ credential, from: since, to: at })
    if (!isFree) since = undefined
    else if (begins || since === undefined) since = at
  }
  return since === undefined ? spans : [...spans, { credential, from: since, to: Number.POSITIVE_INFINITY }]
}

type Edge = { what: 'running' | 'recent' | 'troubles'; by: 1 | -1; at: number }

function edgesOf(what: Edge['what'], from: number, to: number): Edge[] {
  return [
    { what, by: 1, at: from },
    { what, by: -1, at: to },
  ]
}

function waitsOf(steps: Step[], changes: Change[], credential: string): { from: number; to: number }[] {
  const queued = changes.filter(({ status }, i) => status === 'QUEUED' && changes[i - 1]?.status !== 'QUEUED')
  const begins = [
    ...queued.map(({ at }) => ({ at, from: at })),
    ...steps
      .filter(({ outcome }) => outcome === 'not_sent')
      .map(({ at, waitsUntil, notBefore }) => {
        const told = Math.max(waitsUntil ?? 0, Date.parse(notBefore[credential] ?? '') || 0)
        return { at, from: Math.max(at, told) }
      }),
  ]
  const ends = [
    ...steps.filter(({ outcome }) => outcome === 'sending').map(({ at }) => at),
    ...changes.filter(({ status }) => status !== 'QUEUED').map(({ at }) => at),
  ]
  return begins.map(({ at, from }) => ({ from, to: Math.min(...ends.filter((end) => end > at)) }))
}
