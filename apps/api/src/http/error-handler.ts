import { problems } from '@reelay/contracts/problems'
import type { Failure } from '@reelay/contracts/replies'
import { isForeignKeyViolation, isStorageFull, isUnavailable, loggableReason } from '@reelay/db/errors'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { ApiError, type ApiErrorCode, invalid } from './errors.ts'
import { preferredLanguage } from './language.ts'

const answers: Record<ApiErrorCode, { status: number; en: string; zh: string }> = {
  invalid_request: { status: 400, en: 'The request is not valid', zh: '请求无效' },
  unauthorized: { status: 401, en: 'Please log in', zh: '请先登录' },
  invalid_credentials: { status: 401, en: 'Wrong user name or password', zh: '用户名或密码错误' },
  forbidden: { status: 403, en: 'Not allowed for this account', zh: '无权执行此操作' },
  registration_closed: { status: 403, en: 'Registration is closed', zh: '注册已关闭' },
  username_taken: { status: 422, en: 'This user name is taken', zh: '用户名已存在' },
  email_taken: { status: 422, en: 'This e-mail address is taken', zh: '邮箱已被使用' },
  not_found: { status: 404, en: 'There is nothing here', zh: '资源不存在' },
  task_not_found: { status: 404, en: 'Task not found', zh: '任务不存在' },
  source_not_found: { status: 404, en: 'Source task not found', zh: '源任务不存在' },
  source_not_completed: { status: 422, en: 'The source task is not completed yet', zh: '源任务尚未完成' },
  source_not_remixable: {
    status: 400,
    en: 'The source task has no upstream video to remix',
    zh: '源任务没有可用于 Remix 的上游视频',
  },
  idempotency_key_reused: {
    status: 422,
    en: 'This idempotency key was used for another request',
    zh: '该幂等键已用于另一个请求',
  },
  already_known: { status: 422, en: 'This video already belongs to a task', zh: '该视频已属于某个任务' },
  not_completed: { status: 422, en: 'The task is not completed yet', zh: '任务尚未完成' },
  not_cancellable: {
    status: 422,
    en: 'A task that has ended can’t be cancelled',
    zh: '任务已结束，无法取消',
  },
  not_retryable: {
    status: 422,
    en: 'Only a task that failed or was cancelled can be retried',
    zh: '只有失败或已取消的任务才能重试',
  },
  too_many_unfinished: {
    status: 429,
    en: 'Too many of your tasks are unfinished, please wait for one to end',
    zh: '未完成的任务过多，请等待其中一个结束',
  },
  rate_limited: {
    status: 429,
    en: 'Too many requests, please wait a moment',
    zh: '请求过于频繁，请稍后再试',
  },
  too_many_feeds: {
    status: 429,
    en: 'Too many of your feeds are open, please close one',
    zh: '打开的实时连接过多，请先关闭一个',
  },
  content_expired: { status: 410, en: 'Upstream no longer has this video', zh: '上游已不再保存该视频' },
  link_expired: { status: 403, en: 'This link is not valid or has expired', zh: '链接无效或已过期' },
  precondition_failed: {
    status: 412,
    en: 'The video is no longer the one that was asked for',
    zh: '视频已不是所请求的版本',
  },
  range_not_satisfiable: { status: 416, en: 'The video has no such range', zh: '视频没有所请求的范围' },
  upstream_bad_content: {
    status: 502,
    en: 'Upstream names no address that a video may be fetched from',
    zh: '上游给出的视频地址不可用',
  },
  upstream_unavailable: {
    status: 502,
    en: 'Upstream gives no video now, please try again',
    zh: '上游暂时无法提供视频，请重试',
  },
  upstream_refused: { status: 422, en: 'Upstream refused the request', zh: '上游拒绝了该请求' },
  moderation_blocked: { status: 422, en: 'The prompt was blocked by moderation', zh: '提示词被内容审核拦截' },
  submission_unknown: {
    status: 422,
    en: 'Upstream never answered, and whether the video was made is not known',
    zh: '上游没有应答，无法确定视频是否已生成',
  },
  timeout: { status: 422, en: 'The task was not finished in time', zh: '任务超时' },
  request_timeout: { status: 408, en: 'The request took too long to arrive', zh: '请求接收超时' },
  headers_too_large: { status: 431, en: 'The headers of the request are too large', zh: '请求头过大' },
  payload_too_large: { status: 413, en: 'The request is too large', zh: '请求过大' },
  unsupported_media_type: { status: 415, en: 'Please send application/json', zh: '请使用 application/json' },
  uri_too_long: { status: 414, en: 'The address is too long', zh: '请求地址过长' },
  overloaded: {
    status: 503,
    en: 'Too busy right now, please try again',
    zh: '服务繁忙，请稍后重试',
  },
  unavailable: {
    status: 503,
    en: 'Not available right now, please try again',
    zh: '服务暂不可用，请稍后重试',
  },
  storage_full: {
    status: 503,
    en: 'No storage space left, please try again later',
    zh: '存储空间已满，请稍后重试',
  },
  internal: { status: 500, en: 'Something went wrong', zh: '服务器内部错误' },
}

export const apiErrorCodes = Object.keys(answers) as ApiErrorCode[]

export function statusOf(code: ApiErrorCode): number {
  return answers[code].status
}

export function sentenceOf(code: ApiErrorCode, language: 'en' | 'zh'): string {
  return answers[code][language]
}

const RETRY_AFTER_SECONDS = 2

/** Turns every error into the failure envelope: the only place that knows both code and HTTP status. */
export function answerError(
  error: FastifyError | ApiError,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  return fail(request, reply, translate(error, request))
}

/** For addresses that don't exist. Never echoes the address: it may carry a token. */
export function answerNotFound(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return fail(request, reply, new ApiError('not_found'))
}

function translate(error: FastifyError | ApiError, request: FastifyRequest): ApiError {
  if (error instanceof ApiError) return error
  // Only tasks refer to anything, and what they refer to is their user.
  if (isForeignKeyViolation(error)) return new ApiError('unauthorized')
  if (isUnavailable(error)) {
    request.log.warn({ reason: loggableReason(error) }, 'postgres unavailable')
    return new ApiError(isStorageFull(error) ? 'storage_full' : 'unavailable')
  }
  if (error.code === 'FST_ERR_MAX_PARAM_LENGTH' || error.statusCode === 414)
    return new ApiError('uri_too_long')
  if (error.statusCode === 413) return new ApiError('payload_too_large')
  if (error.statusCode === 415) return new ApiError('unsupported_media_type')
  if (error.code === 'FST_ERR_BAD_URL') return invalid('path', problems.wellFormed)
  if ((error.statusCode !== undefined && error.statusCode < 500) || isBadForm(error)) {
    return invalid('body', problems.wellFormed)
  }
  request.log.error({ reason: loggableReason(error), stack: stackWithoutMessage(error) }, 'request failed')
  return new ApiError('internal')
}

/** The form parser's errors carry neither code nor status. */
function isBadForm({ message }: Error): boolean {
  return formProblems.some((problem) => message.includes(problem))
}

const formProblems = [
  'Multipart: Boundary not found',
  // Of the boundary.
  'The needle cannot have a length bigger than 256.',
  'Unexpected end of multipart data',
  'unexpected end of multipart data',
]

/** The HTTP status of an error and a sentence for people, in their language. */
export function explain(
  error: FastifyError | ApiError,
  request: FastifyRequest,
): { status: number; message: string } {
  const { code } = translate(error, request)
  return { status: statusOf(code), message: sentenceOf(code, languageOf(request)) }
}

function fail(request: FastifyRequest, reply: FastifyReply, error: ApiError): FastifyReply {
  const status = statusOf(error.code)
  if ((status === 503 || status === 429) && !reply.hasHeader('retry-after'))
    reply.header('retry-after', RETRY_AFTER_SECONDS)
  // What Fastify refuses before any hook has run has no other safe header.
  reply.header('x-content-type-options', 'nosniff')
  const body = failureOf(error, { language: languageOf(request), requestId: request.id })
  return reply.code(status).type('application/json; charset=utf-8').serializer(JSON.stringify).send(body)
}

/** The body of an answer that is no success. */
export function failureOf(
  { code, problems, details }: ApiError,
  { language, requestId }: { language: 'en' | 'zh'; requestId: string },
): Failure {
  const message = sentenceOf(code, language)
  const told = problems?.map(({ field, problem }) => ({ field, message: problem[language] })) ?? details
  return {
    success: false,
    code,
    error: message,
    message,
    ...(told !== undefined && { details: told }),
    requestId,
  }
}

function languageOf({ headers }: FastifyRequest): 'en' | 'zh' {
  return preferredLanguage(headers['accept-language'])
}

/** The message may carry a prompt, and so could anything that merely looks like a stack line. */
function stackWithoutMessage(error: Error): string | undefined {
  const head = String(error)
  return error.stack?.startsWith(head) ? error.stack.slice(head.length) : undefined
}
