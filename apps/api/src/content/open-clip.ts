import type { ExternalTaskId } from '@reelay/contracts/task'
import type { UpstreamClient } from '@reelay/upstream/client'
import type { Content } from '@reelay/upstream/content/content'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ApiErrorCode } from '../http/api-errors.ts'
import { ApiError } from '../http/errors.ts'
import type { Clip } from './clip.ts'
import { isAnother, isConditional, isKnown, isSame } from './headers.ts'

type ClipBytes = Content & { kind: 'bytes' }

export const refusals = {
  unsatisfiable: 'range_not_satisfiable',
  missing: 'content_expired',
  bad_address: 'upstream_bad_content',
  trouble: 'upstream_unavailable',
} as const satisfies Record<Exclude<Content['kind'], 'bytes'>, ApiErrorCode>

/**
 * What a request gets of a clip: the range that it asks for, or all of it where the range doesn't count. The
 * stream ends with the client: a socket that closes aborts upstream's answer.
 */
export async function openClip(
  id: ExternalTaskId,
  request: FastifyRequest,
  reply: FastifyReply,
  upstream: Pick<UpstreamClient, 'openContent'>,
): Promise<Clip> {
  return asClip(await openBytes(id, request, reply, upstream))
}

async function openBytes(
  id: ExternalTaskId,
  request: FastifyRequest,
  reply: FastifyReply,
  upstream: Pick<UpstreamClient, 'openContent'>,
): Promise<ClipBytes> {
  const gone = new AbortController()
  reply.raw.once('close', () => gone.abort())
  const { headers } = request
  const { range, 'if-range': ifRange } = headers as Record<string, string | undefined>
  const open = (range?: string) =>
    upstream.openContent(id, { range, onlyHead: request.method === 'HEAD', signal: gone.signal })

  const found = await open(range)
  if (found.kind === 'unsatisfiable' && (ifRange !== undefined || isConditional(headers))) {
    // Only the whole says whether the range counts at all.
    const all = clipOf(await open(), request, reply)
    if (!isSame(ifRange, all.header) || isAnother(headers, all.header) || isKnown(headers, all.header))
      return all
    drop(all)
  }
  const clip = clipOf(found, request, reply)
  if (clip.status === 200 || isSame(ifRange, clip.header)) return clip
  drop(clip)
  return clipOf(await open(), request, reply)
}

function asClip({ status, header, body }: ClipBytes): Clip {
  return { status, header, read: async () => body, drop: () => drop({ body }) }
}

function drop({ body }: Pick<ClipBytes, 'body'>): void {
  body.on('error', () => {}).destroy()
}

function clipOf(found: Content, request: FastifyRequest, reply: FastifyReply): ClipBytes {
  if (found.kind === 'bytes') return found
  if (found.kind === 'unsatisfiable') reply.header('content-range', found.contentRange)
  if ('reason' in found) request.log.warn({ reason: found.reason }, 'no content from upstream')
  throw new ApiError(refusals[found.kind])
}
