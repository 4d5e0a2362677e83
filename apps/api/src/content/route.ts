import { signed } from '@reelay/contracts/examples'
import { ContentLink, success } from '@reelay/contracts/replies'
import type { ExternalTaskId } from '@reelay/contracts/task'
import type { TaskRow } from '@reelay/db/schema'
import type { Tasks } from '@reelay/db/tasks'
import { getOwnTask } from '@reelay/relay/get-own-task'
import type { UpstreamClient } from '@reelay/upstream/client'
import type { Content } from '@reelay/upstream/content/content'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { authenticate } from '../accounts/authentication.ts'
import type { ApiErrorCode } from '../http/api-errors.ts'
import { ApiError } from '../http/errors.ts'
import type { Links } from '../http/links.ts'
import { about } from '../openapi/about.ts'
import { VideoIdParam } from '../tasks/video-id-param.ts'
import {
  contentHeaders,
  endings,
  isAnother,
  isConditional,
  isKnown,
  isSame,
  knownHeaders,
} from './headers.ts'

export type ContentDeps = {
  tasks: Tasks
  upstream: Pick<UpstreamClient, 'openContent'>
  links: Links
}

type Bytes = Content & { kind: 'bytes' }

const refusals = {
  unsatisfiable: 'range_not_satisfiable',
  missing: 'content_expired',
  bad_address: 'upstream_bad_content',
  trouble: 'upstream_unavailable',
} as const satisfies Record<Exclude<Content['kind'], 'bytes'>, ApiErrorCode>

/** What a browser plays; anything else is an octet-stream. */
const bytes = Object.fromEntries(
  [...Object.keys(endings), 'application/octet-stream'].map((type) => [type, {}]),
)

/** A short signed link for a finished video, and the bytes behind it. */
export const content: FastifyPluginAsyncZod<ContentDeps> = async (app, { tasks, upstream, links }) => {
  app.get(
    '/api/video/tasks/:videoId/content',
    {
      onRequest: authenticate,
      schema: {
        ...about({
          summary: 'Get a link that plays',
          tag: 'content',
          description: 'Good for ten minutes, in a <video> or anything else that sends no headers.',
          security: ['bearer'],
          fails: ['task_not_found', 'not_completed'],
        }),
        params: VideoIdParam,
        response: { 200: success(ContentLink) },
      },
    },
    async ({ user, params }) => {
      const task = await getOwnTask({ user: user.sub, videoId: params.videoId }, { tasks })
      const { videoId, externalTaskId } = finished(task)
      const data = { videoId, externalVideoId: externalTaskId, ...links.content(videoId) }
      return { success: true as const, data }
    },
  )

  app.route({
    method: ['GET', 'HEAD'],
    url: '/api/video/content/:signed',
    exposeHeadRoute: false,
    schema: {
      ...about({
        summary: 'Stream a video',
        tag: 'content',
        description: 'The address is that of a link, and opens without anything else.',
        fails: [
          'link_expired',
          'task_not_found',
          'not_completed',
          'precondition_failed',
          ...Object.values(refusals),
        ],
        takes: ['Range', 'If-Range', 'If-Match', 'If-None-Match', 'If-Modified-Since', 'If-Unmodified-Since'],
        answers: {
          200: { description: 'All of it', headers: ['Content-Disposition'], content: bytes },
          206: {
            description: 'The range that was asked for',
            headers: ['Content-Disposition', 'Content-Range'],
            content: bytes,
          },
          304: { description: 'What the client has is still the same' },
        },
      }),
      params: z.object({
        signed: z
          .string()
          .meta({ description: 'From a link’s url or a task’s videoUrl', examples: [signed] }),
      }),
    },
    async handler(request, reply) {
      const videoId = links.openContent(request.params.signed)
      if (!videoId) throw new ApiError('link_expired')
      const task = await tasks.find(videoId)
      if (!task) throw new ApiError('task_not_found')
      const { externalTaskId } = finished(task)

      const { status, header, body } = await open(externalTaskId, request, reply)
      if (isAnother(request.headers, header)) {
        drop({ body })
        throw new ApiError('precondition_failed')
      }
      if (isKnown(request.headers, header)) {
        drop({ body })
        return reply.code(304).headers(knownHeaders(header)).send()
      }
      reply.code(status).headers(contentHeaders(videoId, header))
      if (request.method === 'GET') return reply.send(body)
      drop({ body })
      return reply.send()
    },
  })

  /** The stream ends with the client: a socket that closes aborts upstream's answer. */
  async function open(id: ExternalTaskId, request: FastifyRequest, reply: FastifyReply): Promise<Bytes> {
    const gone = new AbortController()
    reply.raw.once('close', () => gone.abort())
    const { range, 'if-range': ifRange } = request.headers as Record<string, string | undefined>
    const openContent = (range?: string) =>
      upstream.openContent(id, { range, onlyHead: request.method === 'HEAD', signal: gone.signal })

    const found = await openContent(range)
    if (found.kind === 'unsatisfiable' && (ifRange !== undefined || isConditional(request.headers))) {
      // Only the whole says whether the range counts at all.
      const all = bytesOf(await openContent())
      const { headers } = request
      if (!isSame(ifRange, all.header) || isAnother(headers, all.header) || isKnown(headers, all.header))
        return all
      drop(all)
    }
    const opened = bytesOf(found)
    if (opened.status === 200 || isSame(ifRange, opened.header)) return opened
    drop(opened)
    return bytesOf(await openContent())

    function bytesOf(found: Content): Bytes {
      if (found.kind === 'bytes') return found
      if (found.kind === 'unsatisfiable') reply.header('content-range', found.contentRange)
      if ('reason' in found) request.log.warn({ reason: found.reason }, 'no content from upstream')
      throw new ApiError(refusals[found.kind])
    }
  }
}

function drop({ body }: Pick<Bytes, 'body'>): void {
  body.on('error', () => {}).destroy()
}

function finished({ status, videoId, externalTaskId }: TaskRow) {
  if (status !== 'COMPLETED' || externalTaskId === null) throw new ApiError('not_completed')
  return { videoId, externalTaskId }
}
