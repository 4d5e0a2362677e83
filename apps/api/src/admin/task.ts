import { type QueueName, queueNames } from '@reelay/contracts/jobs'
import { laneOf } from '@reelay/contracts/lanes'
import { VideoId } from '@reelay/contracts/task'
import type { TaskRow } from '@reelay/db/schema'
import { toTaskView } from '@reelay/db/task-view'
import type { Tasks } from '@reelay/db/tasks'
import { isProcessing } from '@reelay/db/tasks/lanes'
import type { Queues } from '@reelay/queue/queues'
import type { ExplainTaskDeps } from '@reelay/relay/explain/explain-task'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { ApiError } from '../http/errors.ts'
import { explanationOf } from '../tasks/explain.ts'
import { VideoIdParam } from '../tasks/video-id-param.ts'
import { laneLinkOf } from './lane-link.ts'
import { notKnown, sendReadable } from './readable.ts'

export type OperatorTaskDeps = ExplainTaskDeps & { tasks: Tasks; queues: Queues }

/**
 * A task as an operator needs it, be it deleted: its state, what it waits for, what was paid, what happened, and where its
 * jobs are. While it is polled, that of `poll` is its lane's. Its words are its owner's.
 */
export const operatorTask: FastifyPluginAsyncZod<OperatorTaskDeps> = async (app, deps) => {
  const { tasks, ledger, queues } = deps
  app.get('/admin/tasks/:videoId', { schema: { params: VideoIdParam } }, async (request, reply) => {
    const videoId = VideoId.safeParse(request.params.videoId)
    const task = videoId.success ? await tasks.find(videoId.data) : undefined
    if (!task) throw new ApiError('task_not_found')
    const submissions = await ledger.earlierSubmissions(task.videoId)
    const { events, truncated } = await tasks.timeline(task.videoId)
    return sendReadable(reply, {
      task: stateOf(task),
      explanation: await explanationOf(task, request, deps),
      submissions: submissions.map(({ twinKey: _, runId: __, ...submission }) => submission),
      events,
      eventsTruncated: truncated,
      lane: laneLinkOf(task),
      jobs: await jobsOf(task),
    })
  })

  async function jobsOf(task: TaskRow): Promise<Record<string, string>> {
    const workOf = (name: QueueName) => (name === 'poll' && isProcessing(task) ? laneOf(task) : task)
    const states = await Promise.all(
      queueNames.map((name) => queues.state(name, workOf(name)).catch(() => notKnown)),
    )
    return Object.fromEntries(queueNames.map((name, i) => [name, states[i] ?? 'unknown']))
  }
}

/** Upstream's own words may quote the prompt, so they are left out. */
function stateOf(row: TaskRow) {
  const { errorMessage: _, clientRequestId: __, ...state } = toTaskView(row)
  const { userId, queuedAt, acceptedAt, pollTrouble, deletedAt, autoRetriesUsed, force } = row
  return { ...state, userId, queuedAt, acceptedAt, pollTrouble, deletedAt, autoRetriesUsed, force }
}
