import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import type { Load } from '../load/load.ts'
import type { User } from '../load/users.ts'
import type { World } from '../world/world.ts'

/**
 * Words that may stand in no log, that of Postgres included, no event, no metric, and nothing that Redis holds or
 * has ever written to its disk.
 */
export async function leaks(world: World, load: Load): Promise<string[]> {
  const tickets = await Promise.all(load.users.map((user) => ticketOf(world, user)))
  const secrets = {
    'a prompt': [load.canary],
    'a key': world.secrets,
    'a ticket': tickets.filter((ticket) => ticket !== undefined),
    'the password of Postgres': [new URL(world.stores.postgres.url).password],
    'a password': load.users.map(({ password }) => password),
    'a token': load.users.map(({ token }) => token.slice(token.lastIndexOf('.') + 1)),
  }
  const places = {
    ...textOf(join(world.dir, 'logs')),
    ...textOf(join(world.dir, 'redis/appendonlydir')),
    'postgres.log': readFileSync(join(world.dir, 'postgres/postgres.log'), 'latin1'),
    redis: await readRedis(world.urls.redis),
    metrics: await metricsOf(world),
    events: load.listeners.flatMap(({ heard }) => heard.map(({ text }) => text)).join('\n'),
  }
  return Object.entries(places).flatMap(([place, text]) =>
    Object.entries(secrets)
      .filter(([, words]) => words.some((word) => text.includes(word)))
      .map(([what]) => `${what} is in ${place}`),
  )
}

/** A ticket that has opened a feed; none where no api is left. */
async function ticketOf({ apiUrls }: World, { token }: User): Promise<string | undefined> {
  const headers = { authorization: `Bearer ${token}` }
  for (const url of apiUrls) {
    const answer = await fetch(`${url}/api/sse/tickets`, { method: 'POST', headers }).catch(() => undefined)
    if (!answer?.ok) continue
    const { data } = (await answer.json()) as { data: { ticket: string } }
    const feed = await fetch(`${url}/api/sse/task-updates?ticket=${data.ticket}`)
    await feed.body?.cancel()
    return data.ticket
  }
  return undefined
}

async function metricsOf({ apiUrls }: World): Promise<string> {
  const answers = await Promise.allSettled(apiUrls.map((url) => fetch(`${url}/metrics`)))
  const texts = answers.map((answer) => (answer.status === 'fulfilled' ? answer.value.text() : ''))
  return (await Promise.all(texts)).join('\n')
}

function textOf(folder: string): Record<string, string> {
  const files = readdirSync(folder)
  return Object.fromEntries(files.map((file) => [file, readFileSync(join(folder, file), 'latin1')]))
}

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
