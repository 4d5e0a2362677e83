import { VideoId } from '@reelay/contracts/task'
import { VideoPage, VideoPageQuery } from '@reelay/contracts/videos'
import type { TaskRow } from '@reelay/db/schema'
import type { Tasks } from '@reelay/db/tasks'
import type { Named } from '@reelay/relay/get-own-task'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { authenticate } from '../accounts/authentication.ts'
import { ApiError } from '../http/errors.ts'
import { about } from '../openapi/about.ts'
import { ofVideos } from './about.ts'
import { videoOf } from './video.ts'

export type ListVideosDeps = { tasks: Pick<Tasks, 'find' | 'listAfter'> }

export const listVideos: FastifyPluginAsyncZod<ListVideosDeps> = async (app, deps) => {
  app.get(
    '/v1/videos',
    {
      onRequest: authenticate,
      schema: {
        ...about({ ...ofVideos, summary: 'List your own videos', fails: ['task_not_found'] }),
        querystring: VideoPageQuery,
        response: { 200: VideoPage },
      },
    },
    async ({ user, query }) => {
      const { after, limit, order } = query
      const last = after === undefined ? undefined : await placeOf({ user: user.sub, videoId: after }, deps)
      const { tasks, hasMore } = await deps.tasks.listAfter(user.sub, last, { limit, order })
      const data = tasks.map(videoOf)
      return {
        object: 'list' as const,
        data,
        first_id: data[0]?.id ?? null,
        last_id: data.at(-1)?.id ?? null,
        has_more: hasMore,
      }
    },
  )
}

/** Also of one that was deleted since, as by a program that goes from page to page and deletes what it finds. */
async function placeOf({ user, videoId }: Named, { tasks }: ListVideosDeps): Promise<TaskRow> {
  const name = VideoId.safeParse(videoId).data
  const task = name && (await tasks.find(name))
  if (task?.userId !== user) throw new ApiError('task_not_found')
  return task
}
