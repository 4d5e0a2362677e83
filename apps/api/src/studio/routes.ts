import { access } from 'node:fs/promises'
import { join } from 'node:path'
import staticFiles from '@fastify/static'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { preferredLanguage } from '../http/language.ts'
import { leaveUncounted } from '../http/limits.ts'
import { notBuiltPage } from './not-built.ts'

export type StudioDeps = {
  /** What `npm run studio` made. */
  folder: string
  policy: string
}

export const studioFolder = join(import.meta.dirname, '../../../studio/dist')

/** The studio from its built files, and `/`, which leads there. Everything else in its folder is not for show. */
export const studioRoutes: FastifyPluginAsync<StudioDeps> = async (app, { folder, policy }) => {
  leaveUncounted(app)
  app.get('/', async (_, reply) => reply.redirect('/studio/', 302))
  await app.register(async (studio) => {
    studio.addHook('onRequest', async (_, reply) => void reply.header('content-security-policy', policy))
    await studio.register(staticFiles, {
      root: join(folder, 'assets'),
      prefix: '/studio/assets/',
      preCompressed: true,
      index: false,
      // Each name has its content's hash in it.
      maxAge: '1y',
      immutable: true,
      suppressWarning: true,
    })
    studio.get('/studio', sendPage)
    studio.get('/studio/*', sendPage)
  })

  /** Every page is the same file: which one it is, its script reads from the address. */
  async function sendPage({ headers }: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    reply.header('cache-control', 'no-cache')
    const isBuilt = await access(join(folder, 'index.html')).then(
      () => true,
      () => false,
    )
    if (isBuilt) return reply.sendFile('index.html', folder, { cacheControl: false })
    const language = preferredLanguage(headers['accept-language'])
    return reply.code(404).type('text/html; charset=utf-8').send(notBuiltPage(language))
  }
}
