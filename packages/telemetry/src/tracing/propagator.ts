import { type TextMapPropagator, trace } from '@opentelemetry/api'
import { formatTraceparent, parseTraceparent } from './traceparent.ts'

const HEADER = 'traceparent'

/**
 * Tells upstream which span asks. What a client says is heard only where callers are trusted: whoever may name a trace
 * decides what is kept. No tracestate and no baggage, which carry other people's words.
 */
export function createPropagator({ trustsCallers }: { trustsCallers: boolean }): TextMapPropagator {
  return {
    inject(context, carrier, setter) {
      const span = trace.getSpanContext(context)
      if (span && trace.isSpanContextValid(span)) setter.set(carrier, HEADER, formatTraceparent(span))
    },

    extract(context, carrier, getter) {
      const sent = trustsCallers ? getter.get(carrier, HEADER) : undefined
      const parent = typeof sent === 'string' ? parseTraceparent(sent) : undefined
      return parent ? trace.setSpanContext(context, parent) : context
    },

    fields: () => [HEADER],
  }
}
