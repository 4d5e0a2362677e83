import { type CredentialId, upstreamOf } from '@reelay/contracts/credential'
import { Counter, Histogram, type Registry } from 'prom-client'
import type { Events } from './events.ts'

const SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 60]

export function countUpstreamCalls(
  events: Events,
  registry: Registry,
  credentials: readonly CredentialId[],
): void {
  const registers = [registry]
  const times = new Histogram({
    name: 'reelay_upstream_seconds',
    help: 'Time until upstream answered, connecting included',
    labelNames: ['upstream', 'credential', 'operation'],
    buckets: SECONDS,
    registers,
  })
  const calls = new Counter({
    name: 'reelay_upstream_calls_total',
    help: 'Calls to upstream (submit pays, retrieve polls) by what became of them',
    labelNames: ['upstream', 'credential', 'operation', 'outcome'],
    registers,
  })
  // An alert on the first of these needs a zero to rise from.
  for (const credential of credentials) {
    for (const outcome of ['key_rejected', 'balance_empty', 'misconfigured', 'unclear'])
      calls.inc({ ...labelsOf(credential), operation: 'submit', outcome }, 0)
  }
  events.on('upstreamCalled', ({ credential, operation, outcome, seconds }) => {
    const labels = { ...labelsOf(credential), operation }
    times.observe(labels, seconds)
    calls.inc({ ...labels, outcome })
  })
}

export function labelsOf(credential: CredentialId): { upstream: string; credential: string } {
  return { upstream: upstreamOf(credential), credential }
}
