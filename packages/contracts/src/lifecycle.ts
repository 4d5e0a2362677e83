export const taskStatuses = ['QUEUED', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELLED'] as const
export type TaskStatus = (typeof taskStatuses)[number]

/** The moves a task may make. packages/db makes no other. */
export const moves = {
  QUEUED: ['PROCESSING', 'FAILED', 'CANCELLED'],
  PROCESSING: ['QUEUED', 'COMPLETED', 'FAILED', 'CANCELLED'],
  COMPLETED: [],
  FAILED: ['QUEUED'],
  CANCELLED: ['QUEUED'],
} as const satisfies Record<TaskStatus, readonly TaskStatus[]>

export type MayBecome<To extends TaskStatus> = {
  [From in TaskStatus]: To extends (typeof moves)[From][number] ? From : never
}[TaskStatus]

export function mayMove(from: TaskStatus, to: TaskStatus): boolean {
  return (moves[from] as readonly TaskStatus[]).includes(to)
}

/** Statuses with work left to do: what the sweep looks for and the feed always shows. */
export const unfinishedStatuses = ['QUEUED', 'PROCESSING'] as const satisfies readonly TaskStatus[]

/** Ended: what may be deleted. */
export const terminalStatuses = ['COMPLETED', 'FAILED', 'CANCELLED'] as const satisfies readonly TaskStatus[]

/** Ended, and stays so unless its owner asks for a retry. */
export function isTerminal(status: TaskStatus): boolean {
  return !unfinishedStatuses.some((unfinished) => unfinished === status)
}

export const errorCodes = [
  'upstream_refused',
  'moderation_blocked',
  'insufficient_quota',
  'submission_unknown',
  'upstream_failed',
  'upstream_lost',
  'no_content',
  'timeout',
] as const
export type ErrorCode = (typeof errorCodes)[number]

/** How it stands with the clip of a COMPLETED task in our own store. */
export const archiveStates = ['pending', 'done', 'lost', 'removed'] as const
export type ArchiveState = (typeof archiveStates)[number]

export const holdReasons = [
  'rate_limited',
  'key_rejected',
  'balance_empty',
  'misconfigured',
  'upstream_errors',
  'unclear',
] as const
export type HoldReason = (typeof holdReasons)[number]
