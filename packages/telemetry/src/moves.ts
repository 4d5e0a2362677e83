import type { TaskState } from '@reelay/contracts/task'
import { Counter, type Registry } from 'prom-client'

/** Counts a move that was made, by where it led and why. */
export type CountMove = (moved: Pick<TaskState, 'status' | 'errorCode'>) => void

export function createMoveCounter(registry: Registry): CountMove {
  const moves = new Counter({
    name: 'reelay_task_moves_total',
    help: 'Moves of tasks, progress included',
    labelNames: ['status', 'error_code'],
    registers: [registry],
  })
  // An alert on the first one needs a zero to rise from.
  moves.inc({ status: 'FAILED', error_code: 'submission_unknown' }, 0)
  return ({ status, errorCode }) => moves.inc({ status, error_code: errorCode ?? '' })
}
