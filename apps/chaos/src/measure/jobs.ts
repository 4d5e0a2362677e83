import { jobId, type QueueName, queueNames } from '@reelay/contracts/jobs'
import { isTerminal } from '@reelay/contracts/lifecycle'
import { videoTasks } from '@reelay/db/schema'
import { Redis } from 'ioredis'
import type { World } from '../world/world.ts'

/** How many of the poll jobs that are there BullMQ ever took for stalled. */
export async function stallsOf(world: World): Promise<number> {
  return asking(world, async (redis) => {
    const keys = await redis.keys('{reelay}:poll:video_*')
    const counts = await Promise.all(keys.map((key) => redis.hget(key, 'stc').catch(() => null)))
    return counts.filter((count) => Number(count) > 0).length
  })
}

export function jobIds(world: World, queue: QueueName): Promise<Set<string>> {
  return asking(world, async (redis) => {
    const key = (state: string) => `{reelay}:${queue}:${state}`
    const states = await redis
      .multi()
      .lrange(key('wait'), 0, -1)
      .lrange(key('active'), 0, -1)
      .zrange(key('delayed'), '0', '-1')
      .zrange(key('prioritized'), '0', '-1')
      .exec()
    return new Set((states ?? []).flatMap(([, ids]) => ids as string[]))
  })
}

/** Returns, when asked again and again, whether each unfinished task was seen to be some worker's to take. */
export function allHaveJobs(world: World): () => Promise<boolean> {
  let waiting: string[] | undefined
  return async () => {
    const without = await withoutJob(world)
    waiting = (waiting ?? [...without]).filter((id) => without.has(id))
    return waiting.length === 0
  }
}

/** A task that changes its queue just then may be among them. */
async function withoutJob(world: World): Promise<Set<string>> {
  const held = await Promise.all(queueNames.map((queue) => jobIds(world, queue)))
  const { videoId, attempt, status, archive } = videoTasks
  const rows = await world.db.select({ videoId, attempt, status, archive }).from(videoTasks)
  const unfinished = rows.filter((row) => !isTerminal(row.status) || row.archive === 'pending')
  const ids = unfinished.map((row) => jobId(row.videoId, row.attempt))
  return new Set(ids.filter((id) => !held.some((jobs) => jobs.has(id))))
}

async function asking<T>({ urls }: World, ask: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(urls.redis)
  try {
    return await ask(redis)
  } finally {
    redis.disconnect()
  }
}
