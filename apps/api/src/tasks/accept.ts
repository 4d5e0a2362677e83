import type { InsertedTask } from '@reelay/db/moves/inserts'
import { type AcceptTaskDeps, acceptTask, type Wanted } from '@reelay/relay/accept-task'
import type { NewFile } from '@reelay/relay/put-in-store'
import { refusalOf } from '@reelay/relay/refusal'
import type { FastifyRequest } from 'fastify'
import { ApiError } from '../http/errors.ts'
import type { FromRequest } from './for-request.ts'
import { idempotencyKey, isResend, prefersNoWait } from './submission-headers.ts'

export type AcceptDeps = Omit<AcceptTaskDeps, FromRequest>

export type Submission = {
  clientRequestId: string | null | undefined
  wanted: Wanted
  picture: NewFile | undefined
}

/** Has what a request asks for accepted. Throws ApiError for what upstream refused. */
export async function accept(
  request: FastifyRequest,
  { clientRequestId, wanted, picture }: Submission,
  deps: AcceptDeps,
): Promise<InsertedTask> {
  const { task } = await acceptTask(
    { ...askedBy(request, clientRequestId), wanted, picture },
    { ...deps, log: request.log, requestId: request.id },
  )
  return unlessRefused(task)
}

export function askedBy(request: FastifyRequest, clientRequestId: Submission['clientRequestId']) {
  return {
    user: request.user.sub,
    key: idempotencyKey(request, clientRequestId),
    resend: isResend(request),
    wait: !prefersNoWait(request),
  }
}

/** Throws ApiError for a task that upstream refused to make. */
export function unlessRefused(task: InsertedTask): InsertedTask {
  const refusal = refusalOf(task)
  if (!refusal) return task
  const { code, ...details } = refusal
  throw new ApiError(code, details)
}
