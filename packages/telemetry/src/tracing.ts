import type { TracingConfig } from '@reelay/contracts/tracing-environment'
import type { Logger } from 'pino'
import type { Attributes } from './tracing/attributes.ts'

/**
 * The `name` is a constant phrase: what varies is an attribute. `origin` is the traceparent of what asked for this
 * elsewhere; without it a span is part of the one that runs now.
 */
export type NewSpan = {
  name: string
  kind: 'consumer' | 'client'
  attributes: Attributes
  origin?: { traceparent: string | undefined; as: 'parent' | 'link' }
}

/**
 * `run` does work as a span. Of the span that runs now `note` says something, and `traceparent` names it to others,
 * as W3C has it. `close` sends what is left, for half a second at most.
 */
export type Tracing = {
  run: <T>(span: NewSpan, work: () => Promise<T>) => Promise<T>
  note: (attributes: Attributes) => void
  traceparent: () => string | undefined
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
