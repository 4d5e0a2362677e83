import type { Database } from './client.ts'
import { createLedger } from './ledger.ts'
import { createMoves } from './moves.ts'

export type { Change } from './moves/apply.ts'
export { isProcessing, type ProcessingTask } from './tasks/followed.ts'
export type Transitions = ReturnType<typeof createTransitions>

export function createTransitions(db: Database) {
  return { ...createLedger(db), ...createMoves(db) }
}
