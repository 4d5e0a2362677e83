import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { FastifyInstance } from 'fastify'
import { afterAll, afterEach } from 'vitest'
import { noteAnswer, reportProblems } from './document-check.ts'

// Every answer that any test gets from the api is compared to the committed document: one that it does not
// describe fails the test that was given it.
subscribe('fastify.initialization', watch)
afterEach(reportProblems)
afterAll(() => {
  unsubscribe('fastify.initialization', watch)
  reportProblems()
})

function watch(message: unknown): void {
  const { fastify } = message as { fastify: FastifyInstance }
  fastify.addHook('onSend', async ({ method, url: asked, routeOptions: { url } }, reply, payload) => {
    if (!fastify.hasDecorator('swagger') || method === 'OPTIONS' || isPage(url)) return
    const [type = ''] = String(reply.getHeader('content-type') ?? '').split(';')
    const isJson = typeof payload === 'string' && type === 'application/json'
    const body = isJson ? JSON.parse(payload) : (payload ?? undefined)
    noteAnswer({ method, url, asked, status: reply.statusCode, type, body })
  })
}

function isPage(url: string | undefined): boolean {
  return url !== undefined && /^\/((docs|admin|studio)(\/|$)|$)/.test(url)
}
