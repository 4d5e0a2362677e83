import { credentialOf } from '@reelay/contracts/credential'
import { signed } from '@reelay/contracts/examples'
import type { TaskRow } from '@reelay/db/schema'
import type { Tasks } from '@reelay/db/tasks'
import type { MediaStore } from '@reelay/media/store'
import type { Upstreams } from '@reelay/upstream/upstreams'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { ApiError } from '../http/errors.ts'
import type { Links } from '../http/links.ts'
import { about } from '../openapi/about.ts'
import type { Clip } from './clip.ts'
import { checkCompleted } from './completed.ts'
import { freeOnceSent } from './free-once-sent.ts'
import { contentHeaders, endings, isAnother, isKnown, knownHeaders } from './headers.ts'
import { openClip, refusals } from './open-clip.ts'
import { openStored } from './open-stored.ts'
import { openThumbnail } from './open-thumbnail.ts'
import { Variant } from './variant.ts'

export type ContentStreamDeps = {
  tasks: Tasks
  upstreams: Pick<Upstreams, 'clientOf'>
  links: Links
  store: MediaStore
  config: { content: { redirects: boolean } }
}

/** The address is good for less long than a page that shows it. */
const unkept = { 'cache-control': 'private, no-store', 'cross-origin-resource-policy': 'cross-origin' }

/** What a browser plays; anything else is an octet-stream. */
const bytes = Object.fromEntries(
  [...Object.keys(endings), 'application/octet-stream'].map((type) => [type, {}]),
)

const schema = {
  ...about({
    summary: 'Stream a video',
    tag: 'content',
    description: 'The address is that of a link, and opens without anything else.',
    fails: [
      'link_expired',
      'task_not_found',
      'not_completed',
      'clip_removed',
      'upstream_gone',
      'store_unavailable',
      'thumbnail_not_found',
      'precondition_failed',
      ...Object.values(refusals),
    ],
    takes: ['Range', 'If-Range', 'If-Match', 'If-None-Match', 'If-Modified-Since', 'If-Unmodified-Since'],
    returns: {
      200: { description: 'All of it', headers: ['Content-Disposition'], content: bytes },
      206: {
        description: 'The range that was asked for',
        headers: ['Content-Disposition', 'Content-Range'],
        content: bytes,
      },
      302: { description: 'To a signed address of our own store, with MEDIA_REDIRECT=on' },
      304: { description: 'What the client has is still the same' },
    },
  }),
  querystring: z.object({
    variant: Variant,
    download: z.enum(['0', '1']).optional().describe('1: to be saved rather than played'),
  }),
  params: z.object({
    signed: z.string().meta({ description: 'From a link’s url or a task’s videoUrl', examples: [signed] }),
  }),
}

/** What our own store is to have is not told to be gone because upstream can't help out. */
function asStoreTrouble(error: unknown): never {
  const isHelpless = error instanceof ApiError && error.code !== 'range_not_satisfiable'
  throw isHelpless ? new ApiError('store_unavailable') : error
}

export const contentStream: FastifyPluginAsyncZod<ContentStreamDeps> = async (
  app,
  { tasks, upstreams, links, store, config },
) => {
  app.route({
    method: ['GET', 'HEAD'],
    url: '/api/video/content/:signed',
    exposeHeadRoute: false,
    schema,
    async handler(request, reply) {
      const videoId = links.openContent(request.params.signed)
      if (!videoId) throw new ApiError('link_expired')
      const task = await tasks.find(videoId)
      if (!task || task.deletedAt) throw new ApiError('task_not_found')
      checkCompleted(task)
      const { status, header, read, drop, address } = await open(
        task,
        request.query.variant === 'thumbnail',
        request,
        reply,
      )
      if (isAnother(request.headers, header)) {
        drop()
        throw new ApiError('precondition_failed')
      }
      if (isKnown(request.headers, header)) {
        drop()
        return reply.code(304).headers(knownHeaders(header)).send()
      }
      const headers = contentHeaders(videoId, header, request.query.download === '1')
      if (address && config.content.redirects && request.method === 'GET')
        return reply.headers(unkept).redirect(await address(headers['content-disposition'] ?? ''))
      // Before the headers: one that can't be read after all is an answer of another kind.
      const body = request.method === 'GET' ? freeOnceSent(await read()) : drop()
      return reply.code(status).headers(headers).send(body)
    },
  })

  /** From our own store while the clip is there, and else from upstream. */
  async function open(
    task: TaskRow,
    isThumbnail: boolean,
    request: FastifyRequest,
    reply: FastifyReply,
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
}
