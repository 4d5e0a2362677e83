import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '@reelay/local-services/stores/free-port'
import { builtIn } from '@reelay/upstream/dialect/built-in'
import { readDialect } from '@reelay/upstream/dialect/read-dialect'
import { type DialectName, dialects } from '../../../simulator/src/dialects/all.ts'
import type { Launcher } from './launcher.ts'
import { startProxy, type Proxy as UpstreamProxy } from './proxy.ts'
import { startSimulator } from './simulator.ts'

export type KeyPlan = { name: string; maxInFlight?: number; submitsPerMinute?: number }

/** An upstream to be: a simulator that speaks a dialect and knows these keys, to which Reelay keeps their limits. */
export type UpstreamPlan = {
  name: string
  dialect: DialectName
  keys: KeyPlan[]
  /** False for one without a list, whatever its dialect has. */
  hasList?: boolean
  /** Whether pages of its list answer polls. Without them upstream sees each look, and when it came. */
  hasPages?: boolean
  /** What is otherwise in its dialect. */
  overrides?: Record<string, unknown>
  /** Puts a proxy between the workers and it. */
  hasProxy?: boolean
}

export type Key = KeyPlan & { secret: string }
export type UpstreamPlace = Omit<UpstreamPlan, 'keys'> & {
  keys: Key[]
  port: number
  /** Of its API. Nobody else's request, to a port that was free just before, gets there. */
  path: string
  proxy?: UpstreamProxy
}

export type Upstream = Awaited<ReturnType<typeof startUpstream>>

/** Gives each its port, its proxy and secrets for its keys. */
export function placesOf(plans: UpstreamPlan[]): Promise<UpstreamPlace[]> {
  return Promise.all(
    plans.map(async (plan) => {
      const port = await freePort()
      const keys = plan.keys.map((key) => ({ ...key, secret: `sk-${randomBytes(24).toString('hex')}` }))
      const path = `/${randomBytes(8).toString('hex')}${dialects[plan.dialect].base}`
      return { ...plan, keys, port, path, ...(plan.hasProxy && { proxy: await startProxy(port) }) }
    }),
  )
}

/** What tells api and workers of them: the variables of one upstream, or a file of several. */
export function environmentOf(places: UpstreamPlace[], dir: string): Record<string, string> {
  const [only] = places
  if (places.length === 1 && only?.hasList !== false && !only?.overrides) {
    return {
      SORA_BASE_URL: baseUrlOf(only as UpstreamPlace),
      SORA_API_KEY: only?.keys[0]?.secret ?? '',
      SORA_DIALECT: only?.hasPages ? only.dialect : withoutPages(only as UpstreamPlace, dir),
    }
  }
  const file = join(dir, 'upstreams.json')
  writeFileSync(file, JSON.stringify({ upstreams: places.map(entryOf) }, null, 2))
  const secrets = places.flatMap(({ name, keys }) =>
    keys.map((key) => [variableOf(name, key), key.secret] as const),
  )
  return { UPSTREAMS: file, ...Object.fromEntries(secrets) }
}

/** A dialect whose list answers no polls: by its name, or its file. */
function withoutPages({ dialect }: UpstreamPlace, dir: string): string {
  const differs = { ...(builtIn.get(dialect) as { list?: object | null }) }
  if (differs.list === null) return dialect
  const file = join(dir, `${dialect}.json`)
  writeFileSync(file, JSON.stringify({ ...differs, list: { ...differs.list, complete: false } }))
  return file
}

/** Whether the list of a dialect tells one video from another by its prompt, so that a lost answer can be found. */
export function findsByPrompt(dialect: DialectName): boolean {
  const read = readDialect(builtIn.get(dialect))
  if ('problems' in read) throw new Error(`${dialect} can't be read`)
  return read.dialect.list?.tells.includes('prompt') ?? false
}

/** Starts the simulator, and tells it of its keys once it is up. */
export function startUpstream(launcher: Launcher, place: UpstreamPlace) {
  const { name, dialect, keys, proxy, hasList = true } = place
  const { isUp, ...simulator } = startSimulator(launcher, place)
  return {
    name,
    dialect,
    keys,
    proxy,
    /** Whether a lost answer can be looked for. */
    canFind: hasList && findsByPrompt(place.dialect),
    ...simulator,
    setRevoked: (key: string, revoked: boolean) => simulator.admin(`keys/${key}`, { revoked }, 'PATCH'),
    async isUp() {
      await isUp()
      for (const { name, secret: key, maxInFlight: maxRunning = null, submitsPerMinute = null } of keys)
        await simulator.admin('keys', { name, key, maxRunning, submitsPerMinute })
    },
  }
}

function entryOf({ hasList = true, overrides, ...place }: UpstreamPlace) {
  const { name, dialect } = place
  return {
    name,
    dialect,
    baseUrl: baseUrlOf(place),
    overrides: { ...overrides, ...(!hasList && { list: null }) },
    credentials: place.keys.map(({ secret: _, ...key }) => ({ ...key, key: `\${${variableOf(name, key)}}` })),
  }
}

function baseUrlOf({ port, path, proxy }: UpstreamPlace): string {
  return `http://127.0.0.1:${proxy?.port ?? port}${path}`
}

function variableOf(upstream: string, { name }: KeyPlan): string {
  return `KEY_${upstream}_${name}`.toUpperCase().replaceAll('-', '_')
}
