import type { AddressInfo } from 'node:net'
import fastify from 'fastify'
import { type AuthStyle, requireKey } from './auth.ts'
import { createBill } from './bill.ts'
import { acceptBodies } from './bodies.ts'
import { createClips } from './clips.ts'
import { createClock } from './clock.ts'
import { invalidUrl, sendError } from './errors.ts'
import { createFaults } from './faults.ts'
import type { Script } from './life.ts'
import { createRequestLog } from './request-log.ts'
import { adminRoutes } from './routes/admin.ts'
import { contentRoutes, publicClipRoute } from './routes/content.ts'
import { submissionRoutes } from './routes/submissions.ts'
import { videoRoutes } from './routes/videos.ts'
import { createStamp, requestId } from './stamp.ts'
import { createVideos } from './videos.ts'

export interface SimulatorOptions {
  port?: number
  host?: string
  prefix?: string
  auth?: AuthStyle
  key: string
  script?: Script
  pollAfterMs?: number | undefined
  /** Under which name of this machine the clips are said to be; by default the one that was asked. */
  clipHost?: string
  clipDir?: string
  /** Gives all videos one clip, for those who want many videos and look at none. */
  oneClip?: boolean
  logger?: boolean
}

export interface Simulator {
  /** Base URL including the prefix, such as http://127.0.0.1:4010/v1 */
  url: string
  adminUrl: string
  /** Stops listening and cuts every open connection, the silent ones too. */
  close(): Promise<void>
}

export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { port = 0, host = '127.0.0.1', prefix = '/v1' } = options
  const app = await buildApp(prefix, options)
  await app.listen({ port, host })
  const origin = `http://${host}:${(app.server.address() as AddressInfo).port}`
  return { url: origin + prefix, adminUrl: `${origin}/admin`, close: () => app.close() }
}

async function buildApp(prefix: string, options: SimulatorOptions) {
  const parts = createParts(options)
  const deps = { ...parts, base: prefix, pollAfterMs: options.pollAfterMs, clipHost: options.clipHost }
  const app = fastify({
    logger: options.logger ?? false,
    forceCloseConnections: true,
    bodyLimit: 64 * 1024 * 1024,
    genReqId: requestId,
  })
  app.setErrorHandler(sendError)
  app.setNotFoundHandler(invalidUrl)
  app.addHook('onSend', createStamp(parts.clock))
  await acceptBodies(app)

  app.register(
    async (api) => {
      api.addHook('onRequest', parts.requests.record)
      api.addHook('onRequest', requireKey(options.auth ?? 'bearer', options.key))
      await api.register(submissionRoutes, deps)
      await api.register(videoRoutes, deps)
      await api.register(contentRoutes, deps)
    },
    { prefix },
  )
  app.register(publicClipRoute, deps)
  app.register(adminRoutes, { ...deps, prefix: '/admin' })
  app.addHook('onClose', () => parts.clips.close())
  return app
}

function createParts({ clipDir, oneClip = false, script }: SimulatorOptions) {
  const clock = createClock()
  return {
    clock,
    bill: createBill(),
    faults: createFaults(),
    requests: createRequestLog(),
    clips: createClips({ ...(clipDir && { directory: clipDir }), oneClip }),
    videos: createVideos({ clock, script: script ?? { queuedMs: 2000, renderMs: 14_000 } }),
  }
}
