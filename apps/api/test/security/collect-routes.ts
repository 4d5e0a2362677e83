import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { FastifyInstance } from 'fastify'

export type AppRoute = { method: string; url: string }

/** Every route that is registered while `build` runs, so that none can be forgotten. */
export async function collectRoutes<T>(build: () => Promise<T>): Promise<{ built: T; routes: AppRoute[] }> {
  const routes: AppRoute[] = []
  const watch = (message: unknown) => {
    const { fastify } = message as { fastify: FastifyInstance }
    fastify.addHook('onRoute', ({ method, url }) => {
      for (const each of [method].flat()) routes.push({ method: each, url })
    })
  }
  subscribe('fastify.initialization', watch)
  try {
    return { built: await build(), routes }
  } finally {
    unsubscribe('fastify.initialization', watch)
  }
}
