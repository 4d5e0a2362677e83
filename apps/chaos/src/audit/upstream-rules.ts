import type { UpstreamBill } from './evidence.ts'
import type { Rule } from './rules.ts'

/** No request with a key that was never given out, for another key's video, or from a source that isn't there. */
export const rightKeyAsked: Rule = ({ bills }) =>
  bills.flatMap(({ upstream, mistakes: { revokedKey: _, ...mistakes } }) =>
    Object.entries(mistakes).flatMap(([mistake, times]) =>
      times > 0 ? [`${upstream} counted ${mistake} ${times} times`] : [],
    ),
  )

/** What is made from a video is made, and paid, with the key that made that video. */
export const derivedAtSource: Rule = ({ bills }) => {
  const makers = makersOf(bills)
  return bills.flatMap(({ upstream, jobs }) =>
    jobs.flatMap(({ source, made }) =>
      made.flatMap(({ id, key }) => {
        const maker = source === null ? undefined : (makers.get(source) ?? 'nobody')
        return maker === undefined || maker === `${upstream}/${key}`
          ? []
          : [`${upstream}/${key} made ${id} from a video of ${maker}`]
      }),
    ),
  )
}

/** The ledger and the task name the credential that pays. */
export const paidAsWritten: Rule = ({ bills, ledger, rows }) => {
  const makers = makersOf(bills)
  const claims = [
    ...ledger.map(({ externalId, credential }) => ({ id: externalId, credential })),
    ...rows.map(({ externalTaskId, credential }) => ({ id: externalTaskId, credential })),
  ]
  return claims.flatMap(({ id, credential }) => {
    const maker = id === null ? undefined : makers.get(id)
    return maker === undefined || maker === credential
      ? []
      : [`${id} was made by ${maker}, and not by ${credential}`]
  })
}

/** No key has more running, or is sent more in a minute, than the file of upstreams says. */
export const limitsKept: Rule = ({ bills }) =>
  bills.flatMap(({ upstream, plans, keys }) =>
    plans.flatMap(({ name, maxInFlight = Number.POSITIVE_INFINITY }) => {
      const { mostRunning = 0, limited = 0 } = keys.find((key) => key.name === name) ?? {}
      return [
        ...(mostRunning > maxInFlight
          ? [`${upstream}/${name} had ${mostRunning} running, ${maxInFlight} allowed`]
          : []),
        ...(limited > 0 ? [`${upstream}/${name} was sent ${limited} more than it may have`] : []),
      ]
    }),
  )

/** By upstream's id the credential that made it. */
function makersOf(bills: UpstreamBill[]): Map<string, string> {
  return new Map(
    bills.flatMap(({ upstream, jobs }) =>
      jobs.flatMap(({ made }) => made.map(({ id, key }) => [id, `${upstream}/${key}`] as const)),
    ),
  )
}
