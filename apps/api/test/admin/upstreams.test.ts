import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CredentialId } from '@reelay/contracts/credential'
import { foundAgain } from '@reelay/contracts/upstream-calls'
import type { CredentialReport, UpstreamReport } from '@reelay/contracts/upstreams'
import { createUpstreamState } from '@reelay/db/upstream-state'
import { type Simulator, startSimulator } from '@reelay/simulator/server'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readConfig } from '../../../worker/src/config.ts'
import { openWorker } from '../../../worker/src/worker.ts'
import { aFolder } from '../support/folder.ts'
import { buildTestApp, type TestApp, type TestUser } from '../support/test-app.ts'

const idle = {
  inFlight: 0,
  heldUntil: null,
  heldBecause: null,
  lastSuccessAt: null,
  lastError: null,
  submits: {},
  polls: {},
  missedThenFound: 0,
}
const instant = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/)

let east: Simulator
let west: Simulator
beforeAll(async () => {
  const script = { queuedMs: 0, renderMs: 60_000 }
  east = await startSimulator({ keys: [{ key: 'canary-a' }, { key: 'canary-b' }], script })
  west = await startSimulator({ keys: [{ key: 'another' }], dialect: 'azure', script })
})
afterAll(() => Promise.all([east.close(), west.close()]))

test('the report is for ADMINs alone', async () => {
  await using api = await anApi()
  expect((await api.app.inject('/api/admin/upstreams')).statusCode).toBe(401)
  const refused = await (await api.aUser()).get('/api/admin/upstreams')
  expect(refused.statusCode).toBe(403)
  expect(refused.json().code).toBe('forbidden')
})

test('before anything was sent every credential of the file is there, and no key', async () => {
  await using api = await anApi()
  const answer = await (await api.aUser({ role: 'ADMIN' })).get('/api/admin/upstreams')
  expect(answer.json().data).toEqual({
    upstreams: [
      {
        name: 'east',
        dialect: 'openai',
        credentials: [
          { name: 'a', state: 'active', weight: 2, maxInFlight: 5, ...idle },
          { name: 'b', state: 'draining', weight: 1, maxInFlight: null, ...idle },
        ],
      },
      {
        name: 'west',
        dialect: 'azure',
        credentials: [{ name: 'only', state: 'active', weight: 1, maxInFlight: null, ...idle }],
      },
    ],
  })
  expect(answer.body).not.toContain('canary')
})

test('what workers sent is told by credential and outcome', async () => {
  await using api = await anApi()
  const user = await api.aUser({ role: 'ADMIN' })
  const made = await aVideo(user, 'east')
  const waiting = await aVideo(user, 'west')
  const worker = aWorker(api, anEnvironment())
  await expect.poll(async () => (await api.row(made)).status).toBe('PROCESSING')
  await expect.poll(async () => (await credentialAt('east/a')).polls?.video).toBeGreaterThan(0)
  await expect.poll(async () => (await credentialAt('west/only')).lastError).toBeTruthy()
  await worker.stop()

  const [ours, rejected] = [await credentialAt('east/a'), await credentialAt('west/only')]
  expect(ours).toMatchObject({
    inFlight: 1,
    heldBecause: null,
    lastSuccessAt: instant,
    lastError: null,
    submits: { created: 1 },
  })
  expect(rejected).toMatchObject({
    inFlight: 0,
    heldUntil: instant,
    lastSuccessAt: null,
    lastError: { at: instant, operation: 'submit', outcome: 'key_rejected' },
    polls: {},
  })
  expect(Object.keys(rejected.submits ?? {})).toEqual(['key_rejected'])
  expect((await api.row(waiting)).status).toBe('QUEUED')
  expect(await credentialAt('east/b')).toMatchObject(idle)

  async function credentialAt(id: string): Promise<CredentialReport> {
    return credentialOf(await reports(user), id)
  }
})

test('a credential that only rows name is gone, and so is an upstream', async () => {
  await using api = await anApi()
  const user = await api.aUser({ role: 'ADMIN' })
  for (const credential of ['east/old', 'north/a', 'north/a']) {
    const { videoId } = await api.aTask(user, { status: 'PROCESSING' })
    await api.db.execute(`update video_tasks set credential = '${credential}' where video_id = '${videoId}'`)
    await api.db.execute(`update submissions set credential = '${credential}' where video_id = '${videoId}'`)
  }
  await createUpstreamState(api.db).noteTrouble(await api.aTask(user), CredentialId.parse('north/b'), {
    because: 'balance_empty',
  })
  const upstreams = await reports(user)
  const gone = { ...idle, state: 'gone', weight: null, maxInFlight: null }
  expect(credentialOf(upstreams, 'east/old')).toEqual({ ...gone, name: 'old', inFlight: 1 })
  expect(upstreams.map(({ name }) => name)).toEqual(['east', 'west', 'north'])
  expect(upstreams[2]).toEqual({
    name: 'north',
    dialect: null,
    credentials: [
      { ...gone, name: 'a', inFlight: 2 },
      { ...gone, name: 'b', heldUntil: instant, heldBecause: 'balance_empty' },
    ],
  })
})

test('the last success and the last error are the latest of all calls', async () => {
  await using api = await anApi()
  const user = await api.aUser({ role: 'ADMIN' })
  const credential = CredentialId.parse('east/a')
  const call = (operation: string, outcome: string, lastAgoMs: number) => ({
    credential,
    operation,
    outcome,
    count: 1,
    lastAgoMs,
  })
  await api.callCounts.add([
    call('submit', 'created', 30_000),
    call('openContent', 'bytes', 10_000),
    call('retrieve', 'trouble', 20_000),
    call('list', 'limited', 40_000),
    call('submit', 'refused', 0),
    call('retrieve', 'missing', 0),
    { credential, ...foundAgain, count: 3, lastAgoMs: 15_000 },
  ])

  const report = credentialOf(await reports(user), 'east/a')
  expect(report).toMatchObject({
    submits: { created: 1, refused: 1 },
    polls: { trouble: 1, missing: 1 },
    missedThenFound: 3,
    lastError: { operation: 'retrieve', outcome: 'trouble' },
  })
  const [success, error] = [report.lastSuccessAt, report.lastError?.at].map((at) => Date.parse(at ?? ''))
  expect((success as number) - (error as number)).toBe(10_000)
})

test('without Redis the rows are told all the same', async () => {
  await using api = await anApi({ REDIS_URL: 'redis://127.0.0.1:1' })
  const user = await api.aUser({ role: 'ADMIN' })
  await createUpstreamState(api.db).noteTrouble(await api.aTask(user), CredentialId.parse('east/a'), {
    because: 'balance_empty',
  })
  expect(credentialOf(await reports(user), 'east/a')).toMatchObject({
    heldBecause: 'balance_empty',
    lastSuccessAt: null,
    lastError: null,
    submits: null,
    polls: null,
    missedThenFound: null,
  })
})

async function reports(user: TestUser): Promise<UpstreamReport[]> {
  const answer = await user.get('/api/admin/upstreams')
  expect(answer.statusCode).toBe(200)
  return answer.json().data.upstreams
}

function credentialOf(upstreams: UpstreamReport[], id: string): CredentialReport {
  const [upstream, name] = id.split('/')
  const found = upstreams
    .find((each) => each.name === upstream)
    ?.credentials.find((each) => each.name === name)
  if (!found) throw new Error(`no credential ${id}`)
  return found
}

async function aVideo(user: TestUser, upstream: string): Promise<string> {
  const answer = await user.post('/api/video/tasks', { prompt: 'a red kite', upstream })
  expect(answer.statusCode).toBe(202)
  return answer.json().data.videoId
}

function anApi(more: Record<string, string> = {}): Promise<TestApp> {
  return buildTestApp({ env: { ...anEnvironment(), ...more } })
}

/** A worker over the stores of an api. */
function aWorker({ config }: TestApp, env: Record<string, string>) {
  const own = { POLL_INTERVAL_MS: '50', SWEEP_INTERVAL_MS: '200' }
  return openWorker(
    readConfig({
      ...env,
      ...own,
      DATABASE_URL: config.database.url,
      REDIS_URL: config.redis.url,
      REDIS_PREFIX: config.redis.prefix,
    }),
    { log: pino({ level: 'silent' }) },
  )
}

/** With a file of both upstreams. The key for west is one that it doesn't know. */
function anEnvironment(): Record<string, string> {
  const path = join(aFolder(), 'upstreams.json')
  const key = (name: string) => `\${${name}}`
  const credentials = [
    { name: 'a', key: key('EAST_A'), weight: 2, maxInFlight: 5 },
    { name: 'b', key: key('EAST_B'), state: 'draining' },
  ]
  const upstreams = [
    { name: 'east', dialect: 'openai', baseUrl: east.url, credentials },
    {
      name: 'west',
      dialect: 'azure',
      baseUrl: west.url,
      credentials: [{ name: 'only', key: key('WEST') }],
    },
  ]
  writeFileSync(path, JSON.stringify({ upstreams }))
  const keys = { EAST_A: 'canary-a', EAST_B: 'canary-b', WEST: 'canary-unknown' }
  return { UPSTREAMS: path, SORA_BASE_URL: '', SORA_API_KEY: '', ...keys }
}
