import type { Database } from './client.ts'
import { createLedgerReads } from './ledger-reads.ts'
import { createInserts } from './moves/inserts.ts'
import { createTasks } from './tasks.ts'

export type { NewTaskRow, NewTaskRow as NewTask } from './moves/insert-together.ts'
export type { InsertedTask as Submitted } from './moves/inserts.ts'
export type { Unfinished } from './tasks/sweep-reads.ts'
export type TaskRepository = ReturnType<typeof createTaskRepository>

export function createTaskRepository(db: Database) {
  return { ...createTasks(db), ...createInserts(db), ...createLedgerReads(db) }
}
