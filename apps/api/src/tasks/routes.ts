import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { type CancelDeps, cancel } from './cancel.ts'
import { type CreateDeps, create } from './create.ts'
import { type DeleteDeps, deleting } from './delete.ts'
import { type EditDeps, edit } from './edit.ts'
import { type ExplainDeps, explaining } from './explain.ts'
import { type ExtendDeps, extend } from './extend.ts'
import { get } from './get.ts'
import { type ImportDeps, importing } from './import.ts'
import { type LineageDeps, lineage } from './lineage.ts'
import { type ListDeps, list } from './list.ts'
import { type RecoverDeps, recover } from './recover.ts'
import { type RemixDeps, remix } from './remix.ts'
import { type RetryDeps, retry } from './retry.ts'
import { type UploadDeps, upload } from './upload.ts'

export type TaskRoutesDeps = CreateDeps &
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
  LineageDeps &
  ExplainDeps

/** In the order of the OpenAPI document. */
const routes: FastifyPluginAsyncZod<TaskRoutesDeps>[] = [
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
  explaining,
]

export const taskRoutes: FastifyPluginAsyncZod<TaskRoutesDeps> = async (app, deps) => {
  for (const route of routes) await app.register(route, deps)
}
