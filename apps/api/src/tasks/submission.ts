import type { TaskStatus } from '@reelay/contracts/lifecycle'
import type { Submitted } from '@reelay/contracts/replies'
import { remixedFrom } from '@reelay/db/task-view'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { preferredLanguage } from '../http/language.ts'
import type { Links } from '../http/links.ts'
import { type AcceptDeps, accept, type Submission } from './accept.ts'

export type SubmissionDeps = AcceptDeps & { links: Links }

type Message = Record<'en' | 'zh', string>

const ofEnded: Partial<Record<TaskStatus, Message>> = {
  COMPLETED: { en: 'Task completed', zh: '任务已完成' },
  FAILED: { en: 'Task failed', zh: '任务已失败' },
  CANCELLED: { en: 'Task cancelled', zh: '任务已取消' },
}

/** Has a create or a remix accepted, and presents the task in the state that it is in. */
export async function submit(
  request: FastifyRequest,
  reply: FastifyReply,
  { message, ...submission }: Submission & { message: Message },
  deps: SubmissionDeps,
) {
  const startedAt = performance.now()
  const task = await accept(request, submission, deps)
  const links = deps.links.task(task.videoId)
  const queued = task.status === 'QUEUED'
  if (queued) reply.header('location', links.self)
  reply.code(queued ? 202 : 200)
  return {
    success: true as const,
    data: {
      videoId: task.videoId,
      externalTaskId: task.externalTaskId,
      status: task.status.toLowerCase() as Submitted['status'],
      message: (ofEnded[task.status] ?? message)[preferredLanguage(request.headers['accept-language'])],
      ...remixedFrom(task),
      links,
    },
    requestTime: Math.round(performance.now() - startedAt),
  }
}
