import { ModelPage, type ModelPage as Page } from '@reelay/contracts/videos'
import { modelsOf } from '@reelay/upstream/routes'
import type { Upstreams } from '@reelay/upstream/upstreams'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { authenticate } from '../accounts/authentication.ts'
import { about } from '../openapi/about.ts'
import { ofVideos } from './about.ts'

export type ListModelsDeps = { upstreams: Pick<Upstreams, 'registry'> }

export const listModels: FastifyPluginAsyncZod<ListModelsDeps> = async (app, { upstreams }) => {
  const data = modelsIn(upstreams)
  app.get(
    '/v1/models',
    {
      onRequest: authenticate,
      schema: {
        ...about({
          ...ofVideos,
          summary: 'List the models',
          description: 'By our names. Upstreams that name none take others, too.',
        }),
        response: { 200: ModelPage },
      },
    },
    async () => ({ object: 'list' as const, data }),
  )
}

/** One that several upstreams have is said to be of the first. */
function modelsIn({ registry }: ListModelsDeps['upstreams']): Page['data'] {
  const owners = new Map<string, string>()
  for (const upstream of registry.upstreams) {
    for (const model of Object.keys(modelsOf(upstream))) {
      if (!owners.has(model)) owners.set(model, upstream.name)
    }
  }
  return [...owners].map(([id, owner]) => ({ id, object: 'model' as const, created: 0, owned_by: owner }))
}
