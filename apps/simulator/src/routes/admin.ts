import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Bill } from '../bill.ts'
import type { Clips } from '../clips/clips.ts'
import type { Clock } from '../clock.ts'
import { dialectNames, dialects } from '../dialects/all.ts'
import { createBody, videoResource } from '../dialects/openai.ts'
import { scopes } from '../faults/armed-faults.ts'
import type { Faults } from '../faults/faults.ts'
import { type FaultKind, type FaultName, faultKinds } from '../faults/kinds.ts'
import type { ById } from '../find-video.ts'
import { readInput } from '../input.ts'
import { type Keys, keyChange, newKey } from '../keys.ts'
import { noSuchVideo, Problem } from '../problem.ts'
import type { RequestLog } from '../request-log.ts'
import { createErrorSender } from '../send-error.ts'
import { createShow } from '../shown.ts'
import type { Speech } from '../speech.ts'
import type { Video, Videos } from '../videos.ts'

interface Deps {
  bill: Bill
  clips: Clips
  clock: Clock
  faults: Faults
  keys: Keys
  requests: RequestLog
  speech: Speech
  videos: Videos
}

const faultBody = z
  .object({
    name: z.enum(Object.keys(faultKinds) as FaultName[]),
    value: z.number().nonnegative().optional(),
    count: z.number().int().positive().default(1),
    scope: z.enum(scopes).default('submit'),
  })
  .refine(({ name, scope }) => canBeArmed(faultKinds[name], scope), {
    path: ['scope'],
    message: 'this fault can only be told to a job when it is submitted',
  })
const milliseconds = z.number().nonnegative()
const scriptBody = z.object({ queuedMs: milliseconds, renderMs: milliseconds })
const clockBody = z.object({ offsetMs: z.number() })
const dialectBody = z.object({ name: z.enum(dialectNames) })
/** A finished video that nobody paid for; all keys may see it, unless one is named. */
const videoBody = createBody.extend({ key: z.string().optional() })

/** What tests and demos use to look behind the scenes; only from this machine. */
export async function adminRoutes(app: FastifyInstance, deps: Deps) {
  const { bill, clips, clock, faults, keys, requests, speech, videos } = deps
  app.setErrorHandler(createErrorSender(() => dialects.openai))
  app.addHook('onRequest', async ({ ip }) => {
    if (!/^(::1|(::ffff:)?127\..*)$/.test(ip)) throw new Problem('forbidden', 'Only from this machine.')
  })

  app.get('/bill', async () => ({ ...bill.read(), keys: keys.read() }))
  app.get('/requests', async () => requests.recent())

  app.post('/faults', async (request, reply) => {
    faults.arm(readInput(faultBody, request.body))
    reply.code(204)
  })
  app.delete('/faults', async (_request, reply) => {
    faults.clear()
    reply.code(204)
  })

  app.post('/clock', async (request, reply) => {
    clock.shift(readInput(clockBody, request.body).offsetMs)
    reply.code(204)
  })
  app.post('/script', async (request, reply) => {
    videos.setScript(readInput(scriptBody, request.body))
    reply.code(204)
  })

  await app.register(videoAdminRoutes, { clips, speech, videos })
  await app.register(keyAdminRoutes, { keys })

  app.get('/dialect', async () => ({ name: speech.name() }))
  app.put('/dialect', async (request, reply) => {
    speech.speak(readInput(dialectBody, request.body).name)
    reply.code(204)
  })

  app.post('/reset', async (_request, reply) => {
    for (const part of [bill, faults, keys, requests, speech, videos]) part.reset()
    clock.shift(0)
    reply.code(204)
  })
}

async function videoAdminRoutes(
  app: FastifyInstance,
  { clips, speech, videos }: Pick<Deps, 'clips' | 'speech' | 'videos'>,
) {
  const show = createShow({ base: '', clips, clipHost: undefined })

  app.post('/videos', async (request) => {
    const { prompt, model, size, seconds, key = null } = readInput(videoBody, request.body)
    const order = {
      id: speech.dialect().newId(model),
      prompt,
      model,
      size,
      seconds,
      key,
      lineage: [prompt],
      source: null,
      sourceBy: null,
      picture: null,
      clip: null,
      faults: [],
      failure: null,
    }
    return videoResource(show(request, videos.create(order, { queuedMs: 0, renderMs: 0 })))
  })

  app.delete<ById>('/videos/:id', async (request, reply) => {
    videos.delete(existing(request.params.id).id)
    reply.code(204)
  })
  /** What is sent of a video by now or later, whatever happens to its content. */
  app.get<ById>('/videos/:id/clip', async ({ params }) => {
    const { bytes } = await clips.clipOf(existing(params.id))
    return { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
  })

  app.post('/restart', async (_request, reply) => {
    videos.forget()
    reply.code(204)
  })

  function existing(id: string): Video {
    const video = videos.find(speech.dialect().canonicalId?.(id) ?? id)
    if (!video) throw noSuchVideo(id)
    return video
  }
}

async function keyAdminRoutes(app: FastifyInstance, { keys }: { keys: Keys }) {
  app.get('/keys', async () => keys.read())
  app.post('/keys', async (request, reply) => {
    keys.add(readInput(newKey, request.body))
    reply.code(204)
  })
  app.patch<{ Params: { name: string } }>('/keys/:name', async (request, reply) => {
    keys.change(request.params.name, readInput(keyChange, request.body))
    reply.code(204)
  })
}

/** A fault that the route plays itself can only wait for that kind of request. */
function canBeArmed(kind: FaultKind, scope: (typeof scopes)[number]): boolean {
  return scope === 'submit' || kind.happens !== undefined || kind.at === scope
}
