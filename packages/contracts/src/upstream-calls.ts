import type { CredentialId } from './credential.ts'

/** Calls to upstream of one kind: with which credential, what for, and what became of them. */
export type CallKind = { credential: CredentialId; operation: string; outcome: string }

/** How many calls of a kind a process has made since it last told, and how long ago the last of them was. */
export type CallTally = CallKind & { count: number; lastAgoMs: number }

/** How many calls of a kind all processes made in the last hour, and when the last of them was, be it before that. */
export type CallCount = CallKind & { count: number; lastAt: Date }

/** Notes that upstream has a video again of which it had said that there is none. It is no call of its own. */
export const foundAgain = { operation: 'foundAgain', outcome: 'video' } as const
