import type { AnyPayload, QueueName } from '@reelay/contracts/jobs'
import type { QueueReport } from '@reelay/contracts/operations'
import type { Queue } from 'bullmq'
import { PAUSED } from './pause.ts'

export async function glance(name: QueueName, queue: Queue<AnyPayload>): Promise<QueueReport> {
  const [counts, paused, pausedMs] = await Promise.all([
    queue.getJobCounts('wait', 'prioritized', 'active', 'delayed'),
    queue.isPaused(),
    queue.getRateLimitTtl(PAUSED),
  ])
  const { wait = 0, prioritized = 0, active = 0, delayed = 0 } = counts
  return {
    name,
    waiting: wait + prioritized,
    active,
    delayed,
    paused,
    pausedUntil: pausedMs > 0 ? new Date(Date.now() + pausedMs).toISOString() : null,
  }
}
