import type { CredentialId } from '@reelay/contracts/credential'
import type { Events } from '../events.ts'
import type { Tracing } from '../tracing.ts'

type Call = { operation: string; credential: CredentialId }
type Headers = Record<string, string>

/**
 * Calls to upstream as spans, of which upstream is told in a header where its client can't do that by itself. One whose
 * outcome is never told asked for nothing.
 */
export function createTraceCall(tracing: Tracing) {
  return <T>({ operation, credential }: Call, call: (headers: Headers) => Promise<T>): Promise<T> => {
    const attributes = {
      'reelay.operation': operation,
      'reelay.credential': credential,
      'reelay.outcome': 'not_asked',
    }
    return tracing.run({ name: `upstream ${operation}`, kind: 'client', attributes }, () => {
      const traceparent = tracing.traceparent()
      return call(traceparent === undefined ? {} : { traceparent })
    })
  }
}

export function noteOutcomes(events: Events, tracing: Tracing): void {
  events.on('upstreamCalled', ({ outcome }) => tracing.note({ 'reelay.outcome': outcome }))
  events.on('stepEnded', ({ outcome }) => tracing.note({ 'reelay.outcome': outcome }))
}
