import type { UserRepository } from '@reelay/db/user-repository'
import type { ProgressListener } from '@reelay/queue/progress'
import type { Events } from '@reelay/telemetry/events'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { createRequireAdmin } from '../accounts/authentication.ts'
import { installForms } from '../http/form-body.ts'
import { createFetchPicture } from '../pictures/fetch-picture.ts'
import { type CancelDeps, cancel } from './cancel.ts'
import { type CreateDeps, create } from './create.ts'
import { type DeleteDeps, deleting } from './delete.ts'
import { type EditDeps, edit } from './edit.ts'
import { type ExtendDeps, extend } from './extend.ts'
import { get } from './get.ts'
import { type ImportDeps, importing } from './import.ts'
import { type LineageDeps, lineage } from './lineage.ts'
import { type ListDeps, list } from './list.ts'
import { type RecoverDeps, recover } from './recover.ts'
import { type RemixDeps, remix } from './remix.ts'
import { type RetryDeps, retry } from './retry.ts'
import { type UploadDeps, upload } from './upload.ts'

type RouteDeps = CreateDeps &
  RemixDeps &
  EditDeps &
  ExtendDeps &
  ListDeps &
  RecoverDeps &
  UploadDeps &
  ImportDeps &
  CancelDeps &
  RetryDeps &
  DeleteDeps &
  LineageDeps

export type TaskRoutesDeps = Omit<
  RouteDeps,
  'fetchPicture' | 'acceptance' | 'requireAdmin' | 'countMove' | 'users'
> & {
  users: UserRepository
  events: Events
  listener: ProgressListener
  closing: AbortSignal
  acceptWaitMs: number
  pictureOrigins: readonly string[]
  fetchPictureMs?: number | undefined
}

/** In the order of the OpenAPI document. */
const routes: FastifyPluginAsyncZod<RouteDeps>[] = [
  create,
  list,
  get,
  remix,
  edit,
  extend,
  recover,
  upload,
  importing,
  cancel,
  retry,
  deleting,
  lineage,
]

export const taskRoutes: FastifyPluginAsyncZod<TaskRoutesDeps> = async (app, deps) => {
  await installForms(app)
  const { events, listener, closing, acceptWaitMs, pictureOrigins, fetchPictureMs } = deps
  const pictures = createFetchPicture({ origins: pictureOrigins, withinMs: fetchPictureMs, log: app.log })
  app.addHook('onClose', pictures.close)
  const routeDeps: RouteDeps = {
    ...deps,
    acceptance: { listener, waitMs: acceptWaitMs, closing },
    requireAdmin: createRequireAdmin(deps),
    fetchPicture: pictures.fetchPicture,
    countMove: ({ status, errorCode }) => events.emit('taskMoved', { status, errorCode }),
  }
  for (const route of routes) await app.register(route, routeDeps)
}
