import type { TaskStatus } from '@reelay/contracts/lifecycle'
import type { Submitted } from '@reelay/contracts/replies'
import { remixedFrom } from '@reelay/db/task-view'
import { type AcceptTaskDeps, acceptTask, type Wanted } from '@reelay/relay/accept-task'
import type { NewFile } from '@reelay/relay/put-in-store'
import { refusalOf } from '@reelay/relay/refusal'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ApiError } from '../http/errors.ts'
import { preferredLanguage } from '../http/language.ts'
import type { Links } from '../http/links.ts'
import type { FromRequest } from './for-request.ts'
import { idempotencyKey, isResend, prefersNoWait } from './submission-headers.ts'

export type SubmissionDeps = Omit<AcceptTaskDeps, FromRequest> & { links: Links }

type Message = Record<'en' | 'zh', string>

type Submission = {
  clientRequestId: string | null | undefined
  wanted: Wanted
  picture: NewFile | undefined
  message: Message
}

const ofEnded: Partial<Record<TaskStatus, Message>> = {
  COMPLETED: { en: 'Task completed', zh: '任务已完成' },
  FAILED: { en: 'Task failed', zh: '任务已失败' },
  CANCELLED: { en: 'Task cancelled', zh: '任务已取消' },
}

/** Has a create or a remix accepted, and presents the task in the state that it is in. */
export async function submit(
  request: FastifyRequest,
  reply: FastifyReply,
  { clientRequestId, wanted, picture, message }: Submission,
  deps: SubmissionDeps,
) {
  const startedAt = performance.now()
  const { task } = await acceptTask(
    {
      user: request.user.sub,
      key: idempotencyKey(request, clientRequestId),
      resend: isResend(request),
      wanted,
      picture,
      wait: !prefersNoWait(request),
    },
    { ...deps, log: request.log, requestId: request.id },
  )
  const refusal = refusalOf(task)
  if (refusal) {
    const { code, ...details } = refusal
    throw new ApiError(code, details)
  }
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
