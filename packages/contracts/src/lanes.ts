import { z } from 'zod'
import { CredentialId, credentialOf } from './credential.ts'

/** Into how many lanes the tasks of a credential are spread. */
export const LANES = 20
/** The phase of an acceptance repeats after so many ms: the usual interval between two polls. */
export const CYCLE_MS = 5000

/** Tasks that are polled together: those of one credential that were accepted at the same phase of a cycle. */
export const Lane = z.object({
  credential: CredentialId,
  phase: z
    .int()
    .min(0)
    .max(LANES - 1),
})
export type Lane = z.infer<typeof Lane>

/** What Postgres computes, too, to find the tasks of a lane. */
export function laneOf({
  credential,
  acceptedAt,
}: {
  credential: CredentialId | null
  acceptedAt: Date
}): Lane {
  const phase = Math.floor(((acceptedAt.getTime() % CYCLE_MS) * LANES) / CYCLE_MS)
  return { credential: credentialOf({ credential }), phase }
}

/** Deterministic, so that adding a lane twice is one job. */
export function laneId({ credential, phase }: Lane): string {
  return `lane-${credential}-${phase}`
}

/** The first time at or after `since` when a lane is due, in ms since 1970: its phase of an interval. */
export function dueSince({ phase }: Pick<Lane, 'phase'>, since: number, intervalMs: number): number {
  const offset = (phase * intervalMs) / LANES
  return Math.ceil((since - offset) / intervalMs) * intervalMs + offset
}
