import type { Redis } from 'ioredis'

export type RedisState = {
  /** `undefined` where Redis tells nobody. */
  evictionPolicy: string | undefined
  usedBytes: number
  maxBytes: number
  evictedKeys: number
}

/** What Redis says of its memory. Managed ones forbid CONFIG, so INFO is asked first. */
export async function readRedisState(connection: Redis): Promise<RedisState> {
  const info = await connection.info()
  return {
    evictionPolicy: field(info, 'maxmemory_policy') ?? (await configuredPolicy(connection)),
    usedBytes: Number(field(info, 'used_memory') ?? 0),
    maxBytes: Number(field(info, 'maxmemory') ?? 0),
    evictedKeys: Number(field(info, 'evicted_keys') ?? 0),
  }
}

async function configuredPolicy(connection: Redis): Promise<string | undefined> {
  const answer = await connection.config('GET', 'maxmemory-policy').catch(() => [])
  // A list of names and values by the older protocol, an object or a map by the newer.
  const flat =
    answer instanceof Map
      ? [...answer].flat()
      : Array.isArray(answer)
        ? answer
        : Object.entries(answer as object).flat()
  const value = flat[flat.indexOf('maxmemory-policy') + 1]
  return typeof value === 'string' && flat.length > 1 ? value : undefined
}

function field(info: string, name: string): string | undefined {
  return new RegExp(`^${name}:(.+?)\\r?$`, 'm').exec(info)?.[1]
}
