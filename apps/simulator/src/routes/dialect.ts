import type { FastifyInstance } from 'fastify'
import { type AuthStyle, requireKey } from '../auth.ts'
import type { Bill } from '../bill.ts'
import type { Clips } from '../clips/clips.ts'
import type { Dialect } from '../dialect.ts'
import { type DialectName, dialects } from '../dialects/all.ts'
import type { Faults } from '../faults/faults.ts'
import type { Keys } from '../keys.ts'
import type { RequestLog } from '../request-log.ts'
import { createShow } from '../shown.ts'
import type { Speech } from '../speech.ts'
import type { Videos } from '../videos.ts'
import { contentRoutes } from './content.ts'
import { submissionRoutes } from './submissions.ts'
import { videoRoutes } from './videos.ts'

interface Deps {
  name: DialectName
  bill: Bill
  clips: Clips
  faults: Faults
  keys: Keys
  requests: RequestLog
  videos: Videos
  isolateKeys: boolean
  pollAfterMs: number | undefined
  clipHost: string | undefined
  auth: AuthStyle | undefined
  /** Where all dialects are, if not where each has its own place. */
  at: string | undefined
}

/** Makes each route of a dialect one that is only there while that is spoken. */
export function constrainByDialect(app: FastifyInstance, speech: Speech) {
  app.addConstraintStrategy({
    name: 'dialect',
    storage() {
      const handlers = new Map()
      return {
        get: (name) => handlers.get(name) ?? null,
        set: (name, handler) => void handlers.set(name, handler),
      }
    },
    deriveConstraint: () => speech.name(),
  })
}

export async function dialectRoutes(app: FastifyInstance, { at, name, auth, ...deps }: Deps) {
  const dialect: Dialect = dialects[name]
  app.addHook('onRoute', (route) => {
    route.constraints = { ...route.constraints, dialect: name }
  })
  app.addHook('onRequest', deps.requests.record)
  app.addHook('onRequest', requireKey(auth ? [auth] : dialect.auth, deps))
  app.addHook('onRequest', deps.requests.recordKey)

  const bases = at === undefined ? [dialect.base, dialect.alsoAt] : [at]
  for (const base of bases.filter((given) => given !== undefined)) {
    const show = createShow({ base, clips: deps.clips, clipHost: deps.clipHost })
    const options = { ...deps, dialect, show, prefix: base }
    await app.register(submissionRoutes, options)
    await app.register(videoRoutes, options)
    await app.register(contentRoutes, options)
  }
}
