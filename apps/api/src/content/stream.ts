import { credentialOf } from '@reelay/contracts/credential'
import { signed } from '@reelay/contracts/examples'
import type { Tasks } from '@reelay/db/tasks'
import type { Upstreams } from '@reelay/upstream/upstreams'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { ApiError } from '../http/errors.ts'
import type { Links } from '../http/links.ts'
import { about } from '../openapi/about.ts'
import { completed } from './completed.ts'
import { contentHeaders, endings, isAnother, isKnown, knownHeaders } from './headers.ts'
import { drop, openClip, refusals } from './open-clip.ts'

export type ContentStreamDeps = {
  tasks: Tasks
  upstreams: Pick<Upstreams, 'clientOf'>
  links: Links
}

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
      'upstream_gone',
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
      304: { description: 'What the client has is still the same' },
    },
  }),
  params: z.object({
    signed: z.string().meta({ description: 'From a link’s url or a task’s videoUrl', examples: [signed] }),
  }),
}

export const contentStream: FastifyPluginAsyncZod<ContentStreamDeps> = async (
  app,
  { tasks, upstreams, links },
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
      if (!task) throw new ApiError('task_not_found')
      const { externalTaskId } = completed(task)
      const upstream = upstreams.clientOf(credentialOf(task))
      if (!upstream) throw new ApiError('upstream_gone')

      const { status, header, body } = await openClip(externalTaskId, request, reply, upstream)
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
}
