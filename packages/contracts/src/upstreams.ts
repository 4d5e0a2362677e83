import { z } from 'zod'
import { upstreams } from './examples.ts'
import { holdReasons } from './lifecycle.ts'

const countsByOutcome = z
  .record(z.string(), z.int())
  .nullable()
  .describe('Calls of the last hour by what became of them; null while Redis can’t tell')

/** A key at an upstream, as an operator sees it; never the key itself. */
export const CredentialReport = z.object({
  name: z.string(),
  state: z
    .enum(['active', 'draining', 'gone'])
    .describe('draining: it makes no first videos. gone: tasks name it, and the file of upstreams does not'),
  weight: z.int().nullable().describe('Its share of first videos; null where it is gone'),
  inFlight: z.int().describe('Videos that it makes or may be making'),
  maxInFlight: z.int().nullable().describe('Null for no limit'),
  heldUntil: z.iso
    .datetime()
    .nullable()
    .describe('When it is tried again. If that has passed, one submission at a time tries it'),
  heldBecause: z.enum(holdReasons).nullable().describe('Why it takes no submissions'),
  lastSuccessAt: z.iso
    .datetime()
    .nullable()
    .describe('When a call did last what it should; null where no such call is remembered'),
  lastError: z
    .object({ at: z.iso.datetime(), operation: z.string(), outcome: z.string() })
    .nullable()
    .describe('The last call that upstream or the way to it was at fault for'),
  submits: countsByOutcome,
  polls: countsByOutcome,
  missedThenFound: z
    .int()
    .nullable()
    .describe(
      'Polls of the last hour that found a video after a 404: a sign of replicas that share no store',
    ),
})
export type CredentialReport = z.infer<typeof CredentialReport>

export const UpstreamReport = z.object({
  name: z.string(),
  dialect: z.string().nullable().describe('Null where the upstream itself is gone'),
  credentials: z.array(CredentialReport),
})
export type UpstreamReport = z.infer<typeof UpstreamReport>

export const UpstreamReports = z
  .object({ upstreams: z.array(UpstreamReport) })
  .meta({ examples: [{ upstreams }] })
