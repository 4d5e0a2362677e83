import { ids } from '@reelay/contracts/examples'
import { taskStatuses } from '@reelay/contracts/lifecycle'
import { VideoId } from '@reelay/contracts/task'
import { z } from 'zod'

type ErrorEntry = {
  status: number
  en: string
  zh: string
  /** What `details` hold, with an example; without a schema there are none. */
  details?: z.ZodType
}

const fieldProblems = z
  .array(z.object({ field: z.string(), message: z.string() }))
  .meta({ examples: [[{ field: 'prompt', message: 'is required' }]] })
const fileProblems = z
  .array(z.object({ field: z.string(), message: z.string() }))
  .meta({ examples: [[{ field: 'input_reference', message: 'must have at most 20 MiB' }]] })
const unsupportedFields = z
  .array(z.object({ field: z.string(), message: z.string() }))
  .meta({ examples: [[{ field: 'seconds', message: 'must be 1 to 15' }]] })
const knownTask = z.object({ videoId: VideoId }).meta({ examples: [{ videoId: ids.source }] })
const taskAsItIs = z
  .object({ videoId: VideoId, status: z.enum(taskStatuses) })
  .meta({ examples: [{ videoId: ids.source, status: 'COMPLETED' }] })
const runningTask = z
  .object({ videoId: VideoId, status: z.enum(taskStatuses) })
  .meta({ examples: [{ videoId: ids.remix, status: 'PROCESSING' }] })
const runningTasks = z
  .object({ limit: z.int(), running: z.array(z.object({ videoId: VideoId, status: z.enum(taskStatuses) })) })
  .meta({ examples: [{ limit: 1, running: [{ videoId: ids.remix, status: 'PROCESSING' }] }] })

/** Every code that a client may meet. Tasks have error codes of their own. */
const errors = {
  invalid_request: { status: 400, en: 'The request is not valid', zh: '请求无效', details: fieldProblems },
  unauthorized: { status: 401, en: 'Please log in', zh: '请先登录' },
  invalid_credentials: { status: 401, en: 'Wrong user name or password', zh: '用户名或密码错误' },
  forbidden: { status: 403, en: 'Not allowed for this account', zh: '无权执行此操作' },
  insufficient_scope: { status: 403, en: 'This API key may not do that', zh: '该 API 密钥无权执行此操作' },
  too_many_keys: {
    status: 422,
    en: 'There are as many API keys as one account may have',
    zh: 'API 密钥数量已达上限',
  },
  key_not_found: { status: 404, en: 'API key not found', zh: 'API 密钥不存在' },
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
  source_upstream_gone: {
    status: 422,
    en: 'The upstream that made the source is no longer in use here',
    zh: '生成源视频的上游已不再使用',
  },
  not_supported_upstream: {
    status: 422,
    en: 'No upstream here can do this',
    zh: '当前上游不支持该请求',
    details: unsupportedFields,
  },
  upstream_not_found: { status: 404, en: 'There is no such upstream', zh: '上游不存在' },
  idempotency_key_reused: {
    status: 422,
    en: 'This idempotency key was used for another request',
    zh: '该幂等键已用于另一个请求',
  },
  task_deleted: {
    status: 410,
    en: 'The task that this request made was deleted; use a new key to make another',
    zh: '该请求创建的任务已被删除；如需再次创建，请使用新的幂等键',
    details: knownTask,
  },
  already_known: {
    status: 422,
    en: 'This video already belongs to a task',
    zh: '该视频已属于某个任务',
    details: knownTask,
  },
  not_completed: { status: 422, en: 'The task is not completed yet', zh: '任务尚未完成' },
  not_cancellable: {
    status: 422,
    en: 'A task that has ended can’t be cancelled',
    zh: '任务已结束，无法取消',
    details: taskAsItIs,
  },
  not_deletable: {
    status: 422,
    en: 'Only a task that has ended can be deleted; cancel it first',
    zh: '只有已结束的任务才能删除，请先取消任务',
    details: runningTask,
  },
  not_retryable: {
    status: 422,
    en: 'Only a task that failed or was cancelled can be retried',
    zh: '只有失败或已取消的任务才能重试',
    details: taskAsItIs,
  },
  too_many_unfinished: {
    status: 429,
    en: 'Too many of your tasks are unfinished, please wait for one to end',
    zh: '未完成的任务过多，请等待其中一个结束',
    details: runningTasks,
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
  store_unavailable: {
    status: 503,
    en: 'Pictures and clips can’t be stored or read at the moment; please try again',
    zh: '图片和视频存储暂时不可用，请稍后重试',
  },
  thumbnail_not_found: { status: 404, en: 'This video has no thumbnail', zh: '该视频没有缩略图' },
  content_expired: { status: 410, en: 'Upstream no longer has this video', zh: '上游已不再保存该视频' },
  upstream_gone: {
    status: 410,
    en: 'The upstream that made this video is no longer in use here',
    zh: '生成该视频的上游已不再使用',
  },
  clip_removed: { status: 410, en: 'The clip of this upload was removed', zh: '该上传的视频已被删除' },
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
  upstream_refused: {
    status: 422,
    en: 'Upstream refused the request',
    zh: '上游拒绝了该请求',
    details: refusal('invalid_prompt', 'The prompt is not allowed'),
  },
  moderation_blocked: {
    status: 422,
    en: 'The prompt was blocked by moderation',
    zh: '提示词被内容审核拦截',
    details: refusal('moderation_blocked', 'The prompt is not allowed'),
  },
  submission_unknown: {
    status: 422,
    en: 'Upstream never answered, and whether the video was made is not known',
    zh: '上游没有应答，无法确定视频是否已生成',
    details: refusal(null, null),
  },
  timeout: {
    status: 422,
    en: 'The task was not finished in time',
    zh: '任务超时',
    details: refusal(null, null),
  },
  request_timeout: { status: 408, en: 'The request took too long to arrive', zh: '请求接收超时' },
  headers_too_large: { status: 431, en: 'The headers of the request are too large', zh: '请求头过大' },
  payload_too_large: { status: 413, en: 'The request is too large', zh: '请求过大', details: fileProblems },
  unsupported_media_type: {
    status: 415,
    en: 'Bodies of this type are not taken here',
    zh: '不支持该类型的请求体',
  },
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
} as const satisfies Record<string, ErrorEntry>

export type ApiErrorCode = keyof typeof errors

export const apiErrors: Readonly<Record<ApiErrorCode, ErrorEntry>> = errors

function refusal(upstreamCode: string | null, upstreamMessage: string | null) {
  return z
    .object({
      videoId: VideoId,
      upstreamCode: z.string().nullable(),
      upstreamMessage: z.string().nullable(),
    })
    .meta({ examples: [{ videoId: ids.remix, upstreamCode, upstreamMessage }] })
}
