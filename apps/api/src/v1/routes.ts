import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { type VideoContentDeps, videoContent } from './content.ts'
import { type CreateVideoDeps, createVideo } from './create.ts'
import { type DeleteVideoDeps, deleteVideo } from './delete.ts'
import { type EditVideoDeps, editVideo } from './edit.ts'
import { type ListVideosDeps, listVideos } from './list.ts'
import { type ListModelsDeps, listModels } from './models.ts'
import { type RemixVideoDeps, remixVideo } from './remix.ts'
import { type RetrieveVideoDeps, retrieveVideo } from './retrieve.ts'

export type VideosApiDeps = CreateVideoDeps &
  RemixVideoDeps &
  DeleteVideoDeps &
  EditVideoDeps &
  RetrieveVideoDeps &
  ListVideosDeps &
  VideoContentDeps &
  ListModelsDeps

/** In the order of the OpenAPI document. */
const routes: FastifyPluginAsyncZod<VideosApiDeps>[] = [
  createVideo,
  listVideos,
  retrieveVideo,
  deleteVideo,
  remixVideo,
  editVideo,
  videoContent,
  listModels,
]

/** The Videos API, for which there are official SDKs: another face of the same use cases, where nothing is decided. */
export const videosApi: FastifyPluginAsyncZod<VideosApiDeps> = async (app, deps) => {
  app.addHook('onRequest', async ({ id }, reply) => void reply.header('x-request-id', id))
  for (const route of routes) await app.register(route, deps)
}
