import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import type { Load } from './load.ts'
import type { World } from './world.ts'

/** Words that may stand in no log, no event, and nothing that Redis holds or has ever written to its disk. */
export async function leaks(world: World, load: Load): Promise<string[]> {
  const secrets = {
    'a prompt': [load.canary],
    'a key': Object.values(world.secrets),
    'a password': load.users.map(({ password }) => password),
    'a token': load.users.map(({ token }) => token.slice(token.lastIndexOf('.') + 1)),
  }
  const places = {
    ...textOf(join(world.dir, 'logs')),
    ...textOf(join(world.dir, 'redis/appendonlydir')),
    redis: await readRedis(world.stores.redis.url),
    events: load.listeners.flatMap(({ heard }) => heard.map(({ text }) => text)).join('\n'),
  }
  return Object.entries(places).flatMap(([place, text]) =>
    Object.entries(secrets)
      .filter(([, words]) => words.some((word) => text.includes(word)))
      .map(([what]) => `${what} is in ${place}`),
  )
}

function textOf(folder: string): Record<string, string> {
  const files = readdirSync(folder)
  return Object.fromEntries(files.map((file) => [file, readFileSync(join(folder, file), 'latin1')]))
}

/** Keys, and values of every type. */
async function readRedis(url: string): Promise<string> {
  const redis = new Redis(url)
  try {
    const keys = await redis.keys('*')
    const values = await Promise.all(keys.map((key) => redis.dumpBuffer(key)))
    return [...keys, ...values.map((value) => value?.toString('latin1') ?? '')].join('\n')
  } finally {
    redis.disconnect()
  }
}
