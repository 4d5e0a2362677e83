import type { TracingConfig } from '@reelay/contracts/tracing-environment'
import type { Logger } from 'pino'
import type { Attributes } from './tracing/attributes.ts'

export type NewSpan = {
  /** A constant phrase: what varies is an attribute. */
  name: string
  kind: 'consumer' | 'client'
  attributes: Attributes
  /** The traceparent of what asked for this elsewhere; without `origin` a span is part of the one that runs now. */
  origin?: { traceparent: string | undefined; as: 'parent' | 'link' }
}

export type Tracing = {
  /** Runs work as a span. */
  run: <T>(span: NewSpan, work: () => Promise<T>) => Promise<T>
  /** Says something of the span that runs now. */
  note: (attributes: Attributes) => void
  /** Names the span that runs now to others, as W3C has it. */
  traceparent: () => string | undefined
  /** Sends what is left, for half a second at most. */
  close: () => Promise<void>
}

export type TracingOptions = {
  /** Of upstreams: only they are sent a traceparent, and only requests to them are spans. */
  baseUrls: readonly string[]
  log: Logger
}

export const noTracing: Tracing = {
  run: (_, work) => work(),
  note: () => {},
  traceparent: () => undefined,
  close: async () => {},
}

/** Without a config nothing of OpenTelemetry is loaded, but for its api, which prom-client has. */
export async function startTracing(
  config: TracingConfig | undefined,
  options: TracingOptions,
): Promise<Tracing> {
  if (!config) return noTracing
  const { openTracing } = await import('./tracing/open-tracing.ts')
  return openTracing(config, options)
}
