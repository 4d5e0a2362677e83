import { z } from 'zod'
import { baseUrl } from './environment.ts'

/** OpenTelemetry's own names. Its SDK reads further ones by itself, such as OTEL_TRACES_SAMPLER. */
export const tracingEnvironment = {
  OTEL_EXPORTER_OTLP_ENDPOINT: baseUrl
    .optional()
    .describe('Collector that traces are sent to, as in http://collector:4318; without it there are none'),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: baseUrl
    .optional()
    .describe('The same with its path, as in http://collector:4318/v1/traces'),
  OTEL_TRACES_EXPORTER: z.string().optional().describe('none turns traces off'),
  OTEL_SDK_DISABLED: z.string().optional().describe('true turns traces off'),
  OTEL_SERVICE_NAME: z
    .string()
    .optional()
    .describe('Name of the process in traces; without it reelay-api or reelay-worker'),
  OTEL_PROPAGATORS: z
    .string()
    .optional()
    .describe('With tracecontext in it, a trace goes on from the traceparent that a client sends'),
}

export type TracingConfig = {
  serviceName: string
  url: string
  /** Whether who calls may say which trace a request belongs to, and whether that is kept. */
  trustsCallers: boolean
}

type TracingEnvironment = z.infer<z.ZodObject<typeof tracingEnvironment>>

export function tracingConfigOf(
  env: TracingEnvironment,
  process: 'api' | 'worker',
): TracingConfig | undefined {
  const url = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? tracesBelow(env.OTEL_EXPORTER_OTLP_ENDPOINT)
  const isOff = env.OTEL_SDK_DISABLED?.toLowerCase() === 'true' || env.OTEL_TRACES_EXPORTER === 'none'
  if (url === undefined || isOff) return undefined
  return {
    serviceName: env.OTEL_SERVICE_NAME ?? `reelay-${process}`,
    url,
    trustsCallers: env.OTEL_PROPAGATORS?.split(',').some((name) => name.trim() === 'tracecontext') ?? false,
  }
}

function tracesBelow(endpoint: string | undefined): string | undefined {
  return endpoint && `${endpoint.replace(/\/$/, '')}/v1/traces`
}
