import type { AnyPayload } from '@reelay/contracts/jobs'
import type { Job, Queue } from 'bullmq'

const states = ['wait', 'prioritized', 'delayed', 'active'] as const

export async function queueFigures(queue: Queue<AnyPayload>) {
  const [jobs, waiting, delayed] = await Promise.all([
    queue.getJobCounts(...states),
    queue.getJobs(['wait', 'prioritized'], 0, 0, true),
    queue.getJobs(['delayed'], 0, 0, true),
  ])
  const oldest = Math.min(Date.now(), ...[...waiting, ...delayed].flatMap(dueAt))
  return { queue: queue.name, jobs, oldestSeconds: (Date.now() - oldest) / 1000 }
}

/** When a job could have run: its delay counts from when it last ran, or was added. */
function dueAt(job: Job | undefined): number[] {
  return job ? [(job.processedOn ?? job.timestamp) + job.delay] : []
}
