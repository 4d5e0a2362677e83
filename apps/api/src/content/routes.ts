import type { FastifyPluginAsync } from 'fastify'
import { type ContentLinkDeps, contentLink } from './link.ts'
import { type ContentStreamDeps, contentStream } from './stream.ts'

export const contentRoutes: FastifyPluginAsync<ContentLinkDeps & ContentStreamDeps> = async (app, deps) => {
  await app.register(contentLink, deps)
  await app.register(contentStream, deps)
}
