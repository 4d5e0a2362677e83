import { credentialOf } from '@reelay/contracts/credential'
import type { TaskRow } from '@reelay/db/schema'
import type { MediaStore } from '@reelay/media/store'
import type { Upstreams } from '@reelay/upstream/upstreams'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ApiError } from '../http/errors.ts'
import type { Clip } from './clip.ts'
import { checkCompleted } from './completed.ts'
import { freeOnceSent } from './free-once-sent.ts'
import { contentHeaders, isAnother, isKnown, knownHeaders } from './headers.ts'
import { openClip } from './open-clip.ts'
import { openStored } from './open-stored.ts'
import { openThumbnail } from './open-thumbnail.ts'

export type SendClipDeps = {
  upstreams: Pick<Upstreams, 'clientOf'>
  store: MediaStore
  config: { content: { redirects: boolean } }
}

/** `isDownload`: to be saved rather than played. */
export type WantedClip = { variant: 'video' | 'thumbnail'; isDownload: boolean }

/** The address is good for less long than a page that shows it. */
const unkept = { 'cache-control': 'private, no-store', 'cross-origin-resource-policy': 'cross-origin' }

/** Answers with the clip of a task, or the part of it that is asked for. Throws ApiError where there is none. */
export async function sendClip(
  task: TaskRow,
  { variant, isDownload }: WantedClip,
  request: FastifyRequest,
  reply: FastifyReply,
  deps: SendClipDeps,
): Promise<FastifyReply> {
  checkCompleted(task)
  const clip = await open(task, variant === 'thumbnail', request, reply, deps)
  const { status, header, read, drop, address } = clip
  if (isAnother(request.headers, header)) {
    drop()
    throw new ApiError('precondition_failed')
  }
  if (isKnown(request.headers, header)) {
    drop()
    return reply.code(304).headers(knownHeaders(header)).send()
  }
  const headers = contentHeaders(task.videoId, header, isDownload)
  if (address && deps.config.content.redirects && request.method === 'GET')
    return reply.headers(unkept).redirect(await address(headers['content-disposition'] ?? ''))
  // Before the headers: one that can't be read after all is an answer of another kind.
  const body = request.method === 'GET' ? freeOnceSent(await read()) : drop()
  return reply.code(status).headers(headers).send(body)
}

/** From our own store while the clip is there, and else from upstream. */
async function open(
  task: TaskRow,
  isThumbnail: boolean,
  request: FastifyRequest,
  reply: FastifyReply,
  { upstreams, store }: SendClipDeps,
): Promise<Clip> {
  const { clip, archivedAt, externalTaskId } = task
  const file = isThumbnail ? clip?.thumbnail : clip
  const stored = file && (await openStored({ file, since: archivedAt }, request, reply, store))
  if (stored) return stored
  const upstream = upstreams.clientOf(credentialOf(task))
  if (externalTaskId === null || !upstream) throw new ApiError(file ? 'store_unavailable' : 'upstream_gone')
  const opening = isThumbnail
    ? openThumbnail(externalTaskId, request, reply, upstream)
    : openClip(externalTaskId, request, reply, upstream)
  return file ? opening.catch(asStoreTrouble) : opening
}

/** What our own store is to have is not told to be gone because upstream can't help out. */
function asStoreTrouble(error: unknown): never {
  const isHelpless = error instanceof ApiError && error.code !== 'range_not_satisfiable'
  throw isHelpless ? new ApiError('store_unavailable') : error
}
