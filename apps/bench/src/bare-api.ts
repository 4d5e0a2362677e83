import type { AddressInfo } from 'node:net'
import { Queue } from 'bullmq'
import Fastify from 'fastify'
import { Redis } from 'ioredis'
import postgres from 'postgres'

/** What taking a remix costs without Reelay: Fastify, one INSERT, one `queue.add`. */
export type BareApiOptions = { databaseUrl: string; redisUrl: string; prefix: string; userId: string }

const options: BareApiOptions = JSON.parse(process.argv[2] ?? '')
const sql = postgres(options.databaseUrl, { max: 20 })
const connection = new Redis(options.redisUrl)
const queue = new Queue('submit', { connection, prefix: options.prefix })
const app = Fastify()

app.post<{ Params: { videoId: string }; Body: { prompt: string } }>(
  '/api/video/tasks/:videoId/remix',
  async (request, reply) => {
    const videoId = `video_${Date.now()}_${crypto.randomUUID().replaceAll('-', '')}`
    await sql`
      insert into video_tasks (video_id, user_id, request_hash, prompt, metadata)
      values (${videoId}, ${options.userId}, '', ${request.body.prompt},
        ${sql.json({ type: 'remix', remix_from: request.params.videoId })})`
    await queue.add('submit', { videoId }, { jobId: videoId, removeOnComplete: true, removeOnFail: true })
    return reply.code(202).send({ success: true, data: { videoId, status: 'queued' } })
  },
)
await app.listen({ port: 0, host: '127.0.0.1', backlog: 4096 })
process.send?.({ port: (app.server.address() as AddressInfo).port })
