import type { Redis } from 'ioredis'

export type RedisState = {
  evictionPolicy: string | undefined
  usedBytes: number
  maxBytes: number
  evictedKeys: number
}

export async function readRedisState(connection: Redis): Promise<RedisState> {
  const info = await connection.info()
  return {
    evictionPolicy: field(info, 'maxmemory_policy') ?? (await configuredPolicy(connection)),
    usedBytes: Number(field(info, 'used_memory') ?? 0),
    maxBytes: Number(field(info, 'maxmemory') ?? 0),
    evictedKeys: Number(field(info, 'evicted_keys') ?? 0),
  }
}

/** What Redis does when it is full. Managed ones forbid CONFIG, so INFO is asked first. */
export async function readEvictionPolicy(connection: Redis): Promise<string | undefined> {
  const info = await connection.info('memory').catch(() => '')
  return field(info, 'maxmemory_policy') ?? configuredPolicy(connection)
}

async function configuredPolicy(connection: Redis): Promise<string | undefined> {
  const answer: unknown = await connection.config('GET', 'maxmemory-policy').catch(() => [])
  const values = Array.isArray(answer) ? answer : Object.entries(answer as object).flat()
  return values.find((value): value is string => typeof value === 'string' && value !== 'maxmemory-policy')
}

function field(info: string, name: string): string | undefined {
  return new RegExp(`^${name}:(.+?)\\r?$`, 'm').exec(info)?.[1]
}
