import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { scopes } from '../armed-faults.ts'
import type { Bill } from '../bill.ts'
import type { Clock } from '../clock.ts'
import { ApiError } from '../errors.ts'
import { type FaultName, faultKinds } from '../fault-kinds.ts'
import type { Faults } from '../faults.ts'
import type { RequestLog } from '../request-log.ts'
import { createBody, readInput } from '../submission.ts'
import { toResource, type Videos } from '../videos.ts'

interface Deps {
  bill: Bill
  clock: Clock
  faults: Faults
  requests: RequestLog
  videos: Videos
}

const faultBody = z
  .object({
    name: z.enum(Object.keys(faultKinds) as FaultName[]),
    value: z.number().nonnegative().optional(),
    count: z.number().int().positive().default(1),
    scope: z.enum(scopes).default('submit'),
  })
  .refine(({ name, scope }) => scope === 'submit' || 'happens' in faultKinds[name], {
    path: ['scope'],
    message: 'a job can only be told how to end when it is submitted',
  })
const milliseconds = z.number().nonnegative()
const scriptBody = z.object({ queuedMs: milliseconds, renderMs: milliseconds })
const clockBody = z.object({ offsetMs: z.number() })

/** What tests and demos use to look behind the scenes; only from this machine. */
export async function adminRoutes(app: FastifyInstance, { bill, clock, faults, requests, videos }: Deps) {
  app.addHook('onRequest', async ({ ip }) => {
    if (!/^(::1|(::ffff:)?127\..*)$/.test(ip)) throw new ApiError(403, 'Only from this machine.')
  })

  app.get('/bill', async () => bill.read())
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

  app.post('/videos', async (request) => {
    const { prompt, model, size, seconds } = readInput(createBody, request.body)
    const order = { prompt, model, size, seconds, source: null, lineage: [prompt], faults: [], failure: null }
    return toResource(videos.create(order, { queuedMs: 0, renderMs: 0 }))
  })

  app.post('/reset', async (_request, reply) => {
    for (const part of [bill, faults, requests, videos]) part.reset()
    clock.shift(0)
    reply.code(204)
  })
}
