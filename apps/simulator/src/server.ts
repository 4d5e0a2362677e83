import type { AddressInfo } from 'node:net'
import fastify from 'fastify'
import type { AuthStyle } from './auth.ts'
import { createBill } from './bill.ts'
import { acceptBodies } from './bodies.ts'
import { createClips } from './clips/clips.ts'
import { createClock } from './clock.ts'
import { type DialectName, dialects } from './dialects/all.ts'
import { createFaults } from './faults/faults.ts'
import { createKeys, type NewKey } from './keys.ts'
import type { Script } from './life.ts'
import { createRequestLog } from './request-log.ts'
import { adminRoutes } from './routes/admin.ts'
import { publicClipRoutes } from './routes/content.ts'
import { constrainByDialect, dialectRoutes } from './routes/dialect.ts'
import { createErrorSender, noSuchRoute } from './send-error.ts'
import { createSpeech } from './speech.ts'
import { createStamp, requestId } from './stamp.ts'
import { createVideos } from './videos.ts'

/**
 * `prefix` is where the API is, and `auth` how the key is sent, if not as the dialect has it. `oneClip` is for those
 * who want many videos and look at none; `clipBytes` makes each clip at least so long, and another than all others.
 */
export interface SimulatorOptions {
  port?: number
  host?: string
  dialect?: DialectName
  prefix?: string | undefined
  auth?: AuthStyle | undefined
  key?: string
  keys?: NewKey[]
  /** Whether a video is unknown to all keys but the one that made it; on by default. */
  isolateKeys?: boolean
  script?: Script
  pollAfterMs?: number | undefined
  /** Under which name of this machine the clips are said to be; by default the one that was asked. */
  clipHost?: string
  clipDir?: string
  oneClip?: boolean
  clipBytes?: number
  logger?: boolean
}

export interface Simulator {
  /** Base URL of the dialect that is spoken, such as http://127.0.0.1:4010/v1 */
  readonly url: string
  adminUrl: string
  /** Stops listening and cuts every open connection, the silent ones too. */
  close(): Promise<void>
}

export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { port = 0, host = '127.0.0.1' } = options
  const parts = createParts(options)
  const app = await buildApp(parts, options)
  await app.listen({ port, host })
  const origin = `http://${host}:${(app.server.address() as AddressInfo).port}`
  return {
    get url() {
      return origin + (options.prefix ?? parts.speech.dialect().base)
    },
    adminUrl: `${origin}/admin`,
    close: () => app.close(),
  }
}

async function buildApp(parts: ReturnType<typeof createParts>, options: SimulatorOptions) {
  const { isolateKeys = true, pollAfterMs, clipHost, auth, prefix: at } = options
  const { speech } = parts
  const app = fastify({
    logger: options.logger ?? false,
    forceCloseConnections: true,
    // On a machine that is busy, plugins may take long.
    pluginTimeout: 0,
    bodyLimit: 64 * 1024 * 1024,
    genReqId: requestId,
    routerOptions: { maxParamLength: 500 },
  })
  app.decorateRequest('key', null)
  app.setErrorHandler(createErrorSender(speech.dialect))
  app.setNotFoundHandler(noSuchRoute)
  app.addHook('onSend', createStamp(parts.clock, speech.dialect))
  await acceptBodies(app)

  constrainByDialect(app, speech)
  for (const name of Object.keys(dialects) as DialectName[]) {
    app.register(dialectRoutes, { ...parts, name, isolateKeys, pollAfterMs, clipHost, auth, at })
  }
  app.register(publicClipRoutes, { ...parts, spoken: speech.dialect })
  app.register(adminRoutes, { ...parts, prefix: '/admin' })
  app.addHook('onClose', () => parts.clips.close())
  return app
}

function createParts(options: SimulatorOptions) {
  const { clipDir, oneClip = false, clipBytes = 0, script, key, keys = [], dialect } = options
  const clock = createClock()
  return {
    clock,
    bill: createBill(),
    faults: createFaults(),
    keys: createKeys(key === undefined ? keys : [{ key }, ...keys]),
    requests: createRequestLog(),
    clips: createClips({ ...(clipDir && { directory: clipDir }), oneClip, clipBytes }),
    speech: createSpeech(dialect ?? 'openai'),
    videos: createVideos({ clock, script: script ?? { queuedMs: 2000, renderMs: 14_000 } }),
  }
}
