import { idOf, type QueueName, queueNames } from '@reelay/contracts/jobs'
import { laneOf } from '@reelay/contracts/lanes'
import { isTerminal } from '@reelay/contracts/lifecycle'
import { type TaskRow, videoTasks } from '@reelay/db/schema'
import { Redis } from 'ioredis'
import type { World } from '../world/world.ts'

/** How many of the lanes that are there BullMQ ever took for stalled. */
export async function stallsOf(world: World): Promise<number> {
  return asking(world, async (redis) => {
    const keys = await redis.keys('{reelay}:poll:lane-*')
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
  const { videoId, attempt, status, archive, credential, acceptedAt } = videoTasks
  const columns = { videoId, attempt, status, archive, credential, acceptedAt }
  const rows = await world.db.select(columns).from(videoTasks)
  const unfinished = rows.filter((row) => !isTerminal(row.status) || row.archive === 'pending')
  const without = unfinished.filter((row) => !held.some((jobs) => jobs.has(jobOf(row))))
  return new Set(without.map((row) => row.videoId))
}

type Unfinished = Pick<TaskRow, 'videoId' | 'attempt' | 'status' | 'credential' | 'acceptedAt'>

/** The id of the job that moves a task on, but for searches for lost replies. */
export function jobOf(row: Unfinished): string {
  const { status, credential, acceptedAt } = row
  return idOf(status === 'PROCESSING' && acceptedAt ? laneOf({ credential, acceptedAt }) : row)
}

async function asking<T>({ urls }: World, ask: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(urls.redis)
  try {
    return await ask(redis)
  } finally {
    redis.disconnect()
  }
}
