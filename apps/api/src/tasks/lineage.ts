import { type DeletedTask, Lineage, type LineageNode, success } from '@reelay/contracts/replies'
import { type Task, VideoId } from '@reelay/contracts/task'
import type { TaskRow } from '@reelay/db/schema'
import type { Tasks } from '@reelay/db/tasks'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { authenticate } from '../accounts/authentication.ts'
import { ApiError } from '../http/errors.ts'
import { about } from '../openapi/about.ts'
import type { Presenter } from './present.ts'
import { VideoIdParam } from './video-id-param.ts'

export type LineageDeps = { tasks: Pick<Tasks, 'lineage'>; present: Presenter }

export const lineage: FastifyPluginAsyncZod<LineageDeps> = async (app, { tasks, present }) => {
  app.get(
    '/api/video/tasks/:videoId/lineage',
    {
      onRequest: authenticate,
      schema: {
        ...about({
          summary: 'What a task was made from, and what was made from it',
          tag: 'tasks',
          security: ['bearer'],
          fails: ['task_not_found'],
        }),
        params: VideoIdParam,
        response: { 200: success(Lineage) },
      },
    },
    async (request) => {
      const videoId = VideoId.safeParse(request.params.videoId)
      const found = videoId.success ? await tasks.lineage(request.user.sub, videoId.data) : undefined
      if (!found?.task) throw new ApiError('task_not_found')
      const show = await present.showing([...found.ancestors, found.task, ...found.descendants])
      return {
        success: true as const,
        data: {
          ancestors: found.ancestors.map((row) => deletedOf(row) ?? show(row)),
          task: show(found.task),
          descendants: grow(found.task.videoId, found.descendants, show),
          truncated: found.truncated,
        },
      }
    },
  )
}

function grow(root: VideoId, descendants: TaskRow[], show: (row: TaskRow) => Task): LineageNode[] {
  const childrenOf = new Map<VideoId, LineageNode[]>([[root, []]])
  for (const row of descendants) childrenOf.set(row.videoId, [])
  for (const row of descendants) {
    const parent = row.metadata.remix_from
    const children = childrenOf.get(row.videoId)
    const node = deletedOf(row) ?? { task: show(row) }
    if (parent && children) childrenOf.get(parent)?.push({ ...node, children })
  }
  return childrenOf.get(root) ?? []
}

/** A deleted task holds its place among its relatives, and tells nothing more. */
function deletedOf({ videoId, deletedAt }: TaskRow): DeletedTask | undefined {
  return deletedAt ? { videoId, deleted: true } : undefined
}
