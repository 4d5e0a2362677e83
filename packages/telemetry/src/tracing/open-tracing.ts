import { setTimeout as sleep } from 'node:timers/promises'
import {
  type Context,
  context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api'
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici'
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import type { TracingConfig } from '@reelay/contracts/tracing-environment'
import type { NewSpan, Tracing, TracingOptions } from '../tracing.ts'
import { createExporter } from './exporter.ts'
import { createPropagator } from './propagator.ts'
import { formatTraceparent, parseTraceparent } from './traceparent.ts'

const CLOSE_MS = 500
const kinds = { consumer: SpanKind.CONSUMER, client: SpanKind.CLIENT }

/** Starts tracing for the whole process: what OpenTelemetry's libraries find is global. */
export function openTracing(
  { serviceName, url, trustsCallers }: TracingConfig,
  { baseUrls, log }: TracingOptions,
): Tracing {
  // No other detector: a command line and an owner are nothing to tell.
  const resource = resourceFromAttributes({ 'service.name': serviceName }).merge(
    detectResources({ detectors: [envDetector] }),
  )
  const processor = new BatchSpanProcessor(createExporter(url, log))
  const provider = new NodeTracerProvider({ resource, spanProcessors: [processor] })
  provider.register({ propagator: createPropagator({ trustsCallers }) })
  traceUndici(new Set(baseUrls.map((url) => new URL(url).origin)))
  const tracer = provider.getTracer('reelay')
  log.info({ collector: new URL(url).origin }, 'traces are sent')

  return {
    run(span, work) {
      const { from, links } = placeOf(span)
      const options = { kind: kinds[span.kind], attributes: { ...span.attributes }, links }
      return tracer.startActiveSpan(span.name, options, from, (started) => ended(started, work))
    },

    note: (attributes) => void trace.getActiveSpan()?.setAttributes({ ...attributes }),

    traceparent() {
      const current = trace.getActiveSpan()?.spanContext()
      return current && formatTraceparent(current)
    },

    async close() {
      await Promise.race([provider.shutdown().catch(() => {}), sleep(CLOSE_MS)])
    },
  }
}

/**
 * A span that is linked to its origin has a trace of its own, which is kept where its origin's is: so a task is seen
 * whole or not at all.
 */
function placeOf({ origin }: NewSpan): {
  from: Context
  links: { context: ReturnType<Span['spanContext']> }[]
} {
  if (!origin) return { from: context.active(), links: [] }
  const named = origin.traceparent === undefined ? undefined : parseTraceparent(origin.traceparent)
  if (!named) return { from: ROOT_CONTEXT, links: [] }
  const isKept = (named.traceFlags & TraceFlags.SAMPLED) !== 0
  if (origin.as === 'link' && isKept) return { from: ROOT_CONTEXT, links: [{ context: named }] }
  return { from: trace.setSpanContext(ROOT_CONTEXT, named), links: [] }
}

async function ended<T>(span: Span, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR })
    span.setAttribute('error.type', error instanceof Error ? error.name : typeof error)
    throw error
  } finally {
    span.end()
  }
}

function traceUndici(origins: ReadonlySet<string>): void {
  new UndiciInstrumentation({
    requireParentforSpans: true,
    // Strangers, as who keeps a picture that a user named, are told nothing of our traces.
    ignoreRequestHook: ({ origin }) => !origins.has(origin),
  })
}
