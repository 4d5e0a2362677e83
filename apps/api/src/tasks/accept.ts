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

/** Has what a request asks for accepted, as its headers say it. Throws ApiError for what upstream refused. */
export async function accept(
  request: FastifyRequest,
  { clientRequestId, wanted, picture }: Submission,
  deps: AcceptDeps,
) {
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
  if (!refusal) return task
  const { code, ...details } = refusal
  throw new ApiError(code, details)
}
