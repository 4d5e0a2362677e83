import type { DialectName } from '../../src/dialects/all.ts'
import type { Json } from './conversation.ts'
import { gateways } from './expected-gateways.ts'
import { models } from './expected-models.ts'
import { services } from './expected-services.ts'

/** The status of an answer, and what its body has at least. */
export type Answer = [status: number, body: Json]

/** What a client sees of one video, from its making to its end. */
export interface Expected {
  /** Makes a first video of this prompt. */
  create: { path: string; body: (prompt: string) => object; form?: boolean }
  id: (created: Json) => string
  looks: RegExp
  created: Answer
  queued: Answer
  running: Answer
  done: Answer
  failed: Answer
  blocked: Answer
  refused: Answer
  limited: Answer
  /** Null where a key is never wrong. */
  badKey: Answer | null
  unknown: Answer
  /** Names that no answer to a poll has. */
  never: string[]
  clip: (done: Json, id: string) => string
  /** An unfinished clip; null where nobody can ask. */
  early: Answer | null
  list: ((ids: string[]) => Answer) | null
  deleted: ((id: string) => Answer) | null
}

export const expected: Record<DialectName, Expected> = { ...services, ...gateways, ...models }
