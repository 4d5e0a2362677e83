export const submissionOutcomes = [
  'sending',
  'in_doubt',
  'accepted',
  'adopted',
  'refused',
  'not_sent',
  'unknown',
] as const
export type SubmissionOutcome = (typeof submissionOutcomes)[number]

/** Open: upstream may have made a video, or be making it, and we don't know yet. */
export const openOutcomes = ['sending', 'in_doubt'] as const satisfies readonly SubmissionOutcome[]

export function isOpen({ outcome }: { outcome: SubmissionOutcome }): boolean {
  return openOutcomes.some((open) => open === outcome)
}
