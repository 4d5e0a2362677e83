import { Counter, type Registry } from 'prom-client'
import type { Events } from './events.ts'

export function countMoves(events: Events, registry: Registry): void {
  const moves = new Counter({
    name: 'reelay_task_moves_total',
    help: 'Moves of tasks, progress included',
    labelNames: ['status', 'error_code'],
    registers: [registry],
  })
  // An alert on the first one needs a zero to rise from.
  moves.inc({ status: 'FAILED', error_code: 'submission_unknown' }, 0)
  events.on('taskMoved', ({ status, errorCode }) => moves.inc({ status, error_code: errorCode ?? '' }))
}
