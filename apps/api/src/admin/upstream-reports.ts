import { type CredentialId, upstreamOf } from '@reelay/contracts/credential'
import { type CallCount, foundAgain } from '@reelay/contracts/upstream-calls'
import type { CredentialReport, UpstreamReport } from '@reelay/contracts/upstreams'
import type { CredentialState } from '@reelay/db/credential-states'
import { judgeCall } from '@reelay/upstream/call'
import type { Credential, Registry } from '@reelay/upstream/registry/registry'

/** `calls` is undefined while nobody can tell. */
export type Reading = { states: CredentialState[]; calls: CallCount[] | undefined }

/** Pure: what rows and counts say of each credential, be it one that the registry no longer names. */
export function upstreamReports(registry: Registry<unknown>, reading: Reading): UpstreamReport[] {
  const gone = reading.states.map(({ credential }) => credential).filter((id) => !registry.credential(id))
  const goneAt = Map.groupBy(gone, upstreamOf)
  const goneReports = (name: ReturnType<typeof upstreamOf>) =>
    (goneAt.get(name) ?? []).map((id) => goneReport(id, reading))

  const known = registry.upstreams.map(({ name, dialectName, credentials }) => ({
    name,
    dialect: dialectName,
    credentials: [...credentials.map((credential) => reportOf(credential, reading)), ...goneReports(name)],
  }))
  const unknown = [...goneAt.keys()]
    .filter((name) => !registry.upstream(name))
    .map((name) => ({ name, dialect: null, credentials: goneReports(name) }))
  return [...known, ...unknown]
}

function reportOf({ id, name, state, weight, maxInFlight }: Credential, reading: Reading): CredentialReport {
  return { name, state, weight, maxInFlight: maxInFlight ?? null, ...figuresOf(id, reading) }
}

function goneReport(id: CredentialId, reading: Reading): CredentialReport {
  const [, name = ''] = id.split('/')
  return { name, state: 'gone', weight: null, maxInFlight: null, ...figuresOf(id, reading) }
}

function figuresOf(id: CredentialId, { states, calls }: Reading) {
  const state = states.find(({ credential }) => credential === id)
  return {
    inFlight: state?.inFlight ?? 0,
    heldUntil: state?.hold?.until.toISOString() ?? null,
    heldBecause: state?.hold?.because ?? null,
    ...(calls ? callFigures(calls.filter(({ credential }) => credential === id)) : noCallFigures),
  }
}

const noCallFigures = {
  lastSuccessAt: null,
  lastError: null,
  submits: null,
  polls: null,
  missedThenFound: null,
}

function callFigures(calls: CallCount[]) {
  const last = (judgement: 'success' | 'failure') =>
    calls
      .filter(({ outcome }) => judgeCall(outcome) === judgement)
      .toSorted((a, b) => b.lastAt.getTime() - a.lastAt.getTime())[0]
  const error = last('failure')
  return {
    lastSuccessAt: last('success')?.lastAt.toISOString() ?? null,
    lastError: error
      ? { at: error.lastAt.toISOString(), operation: error.operation, outcome: error.outcome }
      : null,
    submits: countsOf(calls, 'submit'),
    polls: countsOf(calls, 'retrieve'),
    missedThenFound: countsOf(calls, foundAgain.operation)[foundAgain.outcome] ?? 0,
  }
}

function countsOf(calls: CallCount[], operation: string): Record<string, number> {
  const counted = calls.filter((call) => call.operation === operation && call.count > 0)
  return Object.fromEntries(counted.map(({ outcome, count }) => [outcome, count]))
}
