import type { Events } from '@reelay/telemetry/events'
import type { FastifyPluginAsync } from 'fastify'
import { type ContentLinkDeps, contentLink } from './link.ts'
import { type RemoveDeps, remove } from './remove.ts'
import { type ContentStreamDeps, contentStream } from './stream.ts'

export type ContentRoutesDeps = ContentLinkDeps &
  ContentStreamDeps &
  Omit<RemoveDeps, 'countMove'> & { events: Events }

export const contentRoutes: FastifyPluginAsync<ContentRoutesDeps> = async (app, deps) => {
  const { events } = deps
  await app.register(contentLink, deps)
  await app.register(contentStream, deps)
  await app.register(remove, {
    ...deps,
    countMove: ({ status, errorCode }) => events.emit('taskMoved', { status, errorCode }),
  })
}
