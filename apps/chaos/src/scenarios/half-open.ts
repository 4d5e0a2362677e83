import { once } from 'node:events'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { guardedSpawn, stopProcess } from '@reelay/local-services/processes/guard'
import { parse } from 'yaml'
import { root } from '../../../local/test/manifests.ts'
import { audit } from '../audit/audit.ts'
import type { FarOrder } from '../load/far-listeners.ts'
import { type Listener, listen } from '../load/listeners.ts'
import { type Load, startLoad } from '../load/load.ts'
import { createUsers, type User } from '../load/users.ts'
import { seconds } from '../measure/times.ts'
import type { Scenario } from '../scenario.ts'
import { until } from '../until.ts'
import { type FarNetwork, openFarNetwork } from '../world/far-network.ts'
import type { Member } from '../world/member.ts'
import { startProxy } from '../world/proxy.ts'
import type { World } from '../world/world.ts'

const FEEDS_PER_USER = 20
const SUBMIT_EVERY_MS = 500
const LINUX_RETRIES = 15
/** Ends are looked for as often; a feed may have opened just before. */
const WHEEL_TURN_MS = 1000
/** A way that told of its end by itself would be no harm. */
const SILENT_MS = 5000

/** What ends a feed that nobody hears any more. */
type Means = { name: string; tcpRetries2: number; env: Record<string, string>; withinMs: number }

const means = (): Means[] => [
  {
    name: 'rotation after 60 s',
    tcpRetries2: LINUX_RETRIES,
    env: { SSE_MAX_AGE_MS: '60000' },
    withinMs: 60_000 + WHEEL_TURN_MS,
  },
  {
    name: `tcp_retries2 of ${deployedRetries()}`,
    tcpRetries2: deployedRetries(),
    env: {},
    withinMs: 120_000,
  },
]

/** An api in a network of its own, which listeners reach from near and from far. */
type Side = Means & { network: FarNetwork; api: Member; url: string }

/** With the feed's times that operators get, but for a rotation that is awaited. Needs Linux and root. */
export const halfOpen: Scenario = {
  name: 'half-open',
  isOnDemand: true,
  about: 'a thousand listeners lose their power: nothing comes from them any more, not even an end',
  async run({ isShort, random, openWorld }) {
    await using opened = new AsyncDisposableStack()
    const world = opened.use(await openWorld({ apis: 0 }))
    const sides: Side[] = []
    for (const each of means()) sides.push(await openSide(world, each, opened))
    await world.apisReady()

    const load = await startLoad(world, { listenersPerUser: 0 })
    const lost = await createUsers(world, isShort ? 5 : 50, 'lost')
    await Promise.all(lost.map((user) => load.submit('', { user })))
    const near = sides.map(({ url }) => load.users.map((user) => listen(user, [url])))
    load.listeners.push(...near.flat())
    for (const side of sides) opened.defer(await listenFromFar(side, lost))

    const lasting = new AbortController()
    opened.defer(() => lasting.abort())
    const submitting = submitSteadily(
      load,
      () => random.pick(random.next() < 0.5 ? load.users : lost),
      lasting.signal,
    )
    const notes = await Promise.all(
      sides.map((side, i) => losePower(world, side, { lost, near: near[i] as Listener[] })),
    )
    lasting.abort()
    await submitting
    const faults = sides.length * lost.length * FEEDS_PER_USER
    return { faults, notes, ...(await audit(world, load, { endWithinMs: 120_000 })) }
  },
}

/** As often as docker-compose.yml lets the kernel try. */
function deployedRetries(): number {
  const { services } = parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), { merge: true })
  return services.nginx.sysctls['net.ipv4.tcp_retries2']
}

async function openSide(world: World, each: Means, opened: AsyncDisposableStack): Promise<Side> {
  const network = opened.use(await openFarNetwork(each))
  const { hostAddress, serverAddress } = network
  const reached = async (storeUrl: string) => {
    const url = new URL(storeUrl)
    const proxy = opened.adopt(await startProxy(Number(url.port), hostAddress), ({ close }) => close())
    return Object.assign(url, { host: `${hostAddress}:${proxy.port}` }).href
  }
  const env = {
    ...each.env,
    DATABASE_URL: await reached(world.stores.postgres.url),
    REDIS_URL: await reached(world.stores.redis.url),
  }
  const api = await world.addApi({ enter: network.atServer, host: serverAddress, env })
  return { ...each, network, api, url: world.apiUrls.at(-1) as string }
}

/** Opens feeds from the far side and waits until each has its snapshot. Returns how to end their process. */
async function listenFromFar({ network, url }: Side, users: User[]): Promise<() => Promise<void>> {
  const [command = '', ...enter] = network.atFar
  const file = join(import.meta.dirname, '../load/far-listeners.ts')
  const far = guardedSpawn(command, [...enter, process.execPath, file], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const failed = once(far, 'exit').then(() => {
    throw new Error('the far listeners ended by themselves')
  })
  failed.catch(() => {})
  far.send({ url, users, feedsPerUser: FEEDS_PER_USER } satisfies FarOrder)
  await Promise.race([once(far, 'message'), failed])
  return () => stopProcess(far, { signal: 'SIGKILL' })
}

async function submitSteadily(load: Load, pick: () => User, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await load.submit('', { user: pick() })
    await sleep(SUBMIT_EVERY_MS)
  }
}

async function losePower(world: World, side: Side, { lost, near }: { lost: User[]; near: Listener[] }) {
  const { name, network, api, url, withinMs } = side
  const expect = (happened: boolean, problem: string) => world.expect(happened, `${name}: ${problem}`)
  const open = () => socketsTo(network.farAddress, api.pid())
  const all = lost.length * FEEDS_PER_USER
  expect(open() === all, `${open()} of ${all} far feeds were open`)
  const heardBefore = near.map(({ heard }) => heard.length)

  network.loseLink()
  const lostAt = performance.now()
  const since = () => performance.now() - lostAt
  let firstMs: number | undefined
  const isOver = () => {
    const left = open()
    if (left < all) firstMs ??= since()
    return left === 0
  }
  await until(isOver, { withinMs: withinMs + 120_000, everyMs: 100, what: `${name}: all sockets are closed` })
  const lastMs = since()
  const counts = await Promise.all(lost.map((user) => countedFeeds(url, user)))
  const counted = counts.reduce((sum, count) => sum + count, 0)
  const feeds = await feedGauge(url)
  const heard = near.map((listener, i) => listener.heard.length - (heardBefore[i] as number))

  expect((firstMs ?? 0) > SILENT_MS, `the first was gone after ${seconds(firstMs ?? 0)}`)
  expect(lastMs <= withinMs, `the last was gone after ${seconds(lastMs)}`)
  expect(counted === 0, `${counted} feeds still counted for their users`)
  expect(feeds <= near.length, `${feeds} feeds counted where ${near.length} are`)
  expect(Math.min(...heard) > 0, 'somebody near heard nothing meanwhile')
  return (
    `${name}: ${all} half-open feeds gone after ${seconds(firstMs ?? 0)} to ${seconds(lastMs)}; ` +
    `${near.length} near listeners heard ${heard.reduce((sum, count) => sum + count, 0)} events meanwhile`
  )
}

/** Open sockets of a process with a peer. What the kernel still tries to deliver without it doesn't count. */
function socketsTo(address: string, pid: number): number {
  const peer = Buffer.from(address.split('.').map(Number)).reverse().toString('hex').toUpperCase()
  const rows = readFileSync(`/proc/${pid}/net/tcp`, 'utf8').split('\n')
  const fields = rows.map((row) => row.trim().split(/\s+/))
  const inodes = fields.filter((row) => row[2]?.startsWith(`${peer}:`)).map((row) => row[9])
  const names = new Set(inodes.map((inode) => `socket:[${inode}]`))
  return readdirSync(`/proc/${pid}/fd`).filter((fd) => names.has(linkOf(`/proc/${pid}/fd/${fd}`))).length
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return 'closed meanwhile'
  }
}

async function countedFeeds(url: string, { token }: User): Promise<number> {
  const response = await fetch(`${url}/api/sse/stats`, { headers: { authorization: `Bearer ${token}` } })
  return ((await response.json()) as { data: { connections: number } }).data.connections
}

async function feedGauge(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  return Number(/^reelay_feed_connections (\d+)/m.exec(text)?.[1])
}
