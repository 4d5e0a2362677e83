import type { ExternalTaskId } from '@reelay/contracts/task'
import type { UpstreamClient } from '@reelay/upstream/client'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ApiError } from '../http/errors.ts'
import type { Clip } from './clip.ts'

/** The still picture of a video as upstream has it: all of it, whatever range is asked for. */
export async function openThumbnail(
  id: ExternalTaskId,
  request: FastifyRequest,
  reply: FastifyReply,
  upstream: Pick<UpstreamClient, 'openThumbnail'>,
): Promise<Clip> {
  const gone = new AbortController()
  reply.raw.once('close', () => gone.abort())
  const found = await upstream.openThumbnail(id, gone.signal)
  if (found.kind === 'missing') throw new ApiError('thumbnail_not_found')
  if (found.kind === 'trouble') {
    request.log.warn({ reason: found.reason }, 'no thumbnail from upstream')
    throw new ApiError('upstream_unavailable')
  }
  const { body, type } = found
  return {
    status: 200,
    header: (name) => (name === 'content-type' ? type : undefined),
    read: async () => body,
    drop: () => void body.on('error', () => {}).destroy(),
  }
}
