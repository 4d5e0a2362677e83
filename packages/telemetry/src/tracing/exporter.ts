import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-node'
import type { Logger } from 'pino'
import { scrubbed } from './scrub.ts'

/** Sends scrubbed spans, and says once when that begins to fail. What can't be sent is dropped. */
export function createExporter(url: string, log: Logger): SpanExporter {
  const otlp = new OTLPTraceExporter({ url })
  let isFailing = false

  return {
    export(spans: ReadableSpan[], done) {
      otlp.export(spans.map(scrubbed), (result) => {
        // Success is 0.
        const failed = result.code !== 0
        if (failed && !isFailing) log.warn({ reason: reasonOf(result.error) }, 'traces not sent')
        if (!failed && isFailing) log.info('traces sent again')
        isFailing = failed
        done(result)
      })
    },
    forceFlush: () => otlp.forceFlush?.() ?? Promise.resolve(),
    shutdown: () => otlp.shutdown(),
  }
}

/** The message may repeat what the collector answered. */
function reasonOf(error: (Error & { code?: unknown }) | undefined): string {
  return String(error?.code ?? error?.name ?? 'unknown')
}
