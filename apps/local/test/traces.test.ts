import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { ReelayClient } from '@reelay/client/client'
import { freePort } from '@reelay/local-services/stores/free-port'
import { type CollectedSpan, startCollector } from '@reelay/local-services/testing/collector'
import { expect, test } from 'vitest'
import { admin, startTestStack, untilKept } from './test-stack.ts'

/** A request as the simulator logged it. */
type Seen = { method: string; path: string; traceparent: string | null }

const prompt = 'a canary that nobody may see'
const key = 'sk-canary-2f9d41c7'
const soon = {
  POLL_INTERVAL_MS: '300',
  SIMULATOR_QUEUED_MS: '200',
  SIMULATOR_RENDER_MS: '3000',
  REMIX_ACCEPT_WAIT_MS: '60000',
}
const ended = ['COMPLETED', 'FAILED', 'CANCELLED']

test('a remix is one trace over api, worker and upstream, and tells nothing that is secret', async () => {
  await using collector = await startCollector()
  await using system = await startTestStack(
    {
      ...soon,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_BSP_SCHEDULE_DELAY: '200',
      SORA_API_KEY: key,
      SIMULATOR_KEY: key,
    },
    1,
  )
  const { client, stack } = system
  const remix = await aRemix(client)
  await untilKept(client, remix.videoId)
  const secretsOfLinks = await openLinks(client, stack.apiUrl, remix.videoId)

  const spans = () => collector.spans()
  await expect.poll(() => jobs(spans(), 'archive', remix.videoId)).toHaveLength(1)
  await expect
    .poll(() => spans().some((span) => span.attributes['http.route']?.toString().includes(':signed')))
    .toBe(true)

  const [submit] = jobs(spans(), 'submit', remix.videoId)
  const trace = spans().filter(({ traceId }) => traceId === submit?.traceId)
  expect(lineOf(submit, trace)).toEqual([
    'reelay-worker submit',
    'reelay-api handler',
    'reelay-api POST /api/video/tasks/:videoId/remix',
  ])
  const [call] = trace.filter(({ name }) => name === 'upstream submit')
  expect(call).toMatchObject({
    service: 'reelay-worker',
    parentSpanId: submit?.spanId,
    attributes: { 'reelay.credential': 'default/default', 'reelay.outcome': 'created' },
  })

  const seen = (await admin(stack, 'requests')) as Seen[]
  const paid = seen.filter(({ method, path }) => method === 'POST' && path.endsWith('/remix'))
  expect(paid.map(({ traceparent }) => traceparent)).toEqual([`00-${call?.traceId}-${call?.spanId}-01`])
  expectPollsApart(spans(), { seen, videoId: remix.videoId })

  const routes = spans().map(({ attributes }) => String(attributes['http.route']))
  expect(routes.filter((route) => /^\/(api\/sse|health|metrics)/.test(route))).toEqual([])
  const secrets = [prompt, 'canary', key, system.account.password, 'token=', ...secretsOfLinks]
  for (const secret of secrets) expect(collector.received()).not.toContain(secret)
})

test('a collector that is away is said once, and holds up neither work nor the end', async () => {
  await using system = await startTestStack(
    {
      ...soon,
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${await freePort()}`,
      OTEL_EXPORTER_OTLP_TIMEOUT: '200',
      OTEL_BSP_SCHEDULE_DELAY: '100',
    },
    1,
  )
  const { client, stack, dir } = system
  const log = (name: string) => readFileSync(join(dir, 'logs', `${name}.log`), 'utf8')
  const remix = await aRemix(client)
  expect(remix.status).toBe('COMPLETED')
  for (const name of ['api', 'worker-1']) await expect.poll(() => log(name)).toContain('traces not sent')

  const { api, workers } = stack.processes
  await stack.stop()
  for (const process of [api, ...workers]) expect(process.exitCode).toBe(0)
  for (const name of ['api', 'worker-1']) expect(log(name).split('traces not sent')).toHaveLength(2)
})

test.each(['api', 'worker'])('without a collector, the %s loads nothing of OpenTelemetry', async (app) => {
  const hooks = `import { registerHooks } from 'node:module'
    const loaded = []
    registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) })
    process.on('exit', () => console.log(loaded.join('\\n')))`
  const main = join(import.meta.dirname, '../..', app, 'src/main.ts')
  // Without an environment it ends when it has loaded everything.
  const child = spawn(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(hooks)}`, main],
    {
      env: { PATH: process.env.PATH },
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  )
  const loaded = (await text(child.stdout)).split('\n')
  expect(loaded.filter((url) => url.includes('/bullmq/')).length).toBeGreaterThan(10)
  // Its api alone is there: prom-client has it.
  expect(loaded.filter((url) => /@opentelemetry\/(?!api\/)|@fastify\/otel/.test(url))).toEqual([])
})

async function aRemix(client: ReelayClient) {
  const source = await client.createTask({ prompt: `${prompt}, and its source` })
  await Array.fromAsync(client.follow(source.videoId))
  const remix = await client.remix(source.videoId, { prompt })
  const states = await Array.fromAsync(client.follow(remix.videoId))
  const last = states.find(({ status }) => ended.includes(status))
  if (!last) throw new Error('the remix has not ended')
  return last
}

/** Opens what has a secret in its address: a feed with a token, and the link of a clip. */
async function openLinks({ token = '' }: ReelayClient, apiUrl: string, videoId: string): Promise<string[]> {
  const feed = await fetch(`${apiUrl}/api/sse/task-updates?token=${token}`)
  await feed.body?.cancel()
  const answer = await fetch(`${apiUrl}/api/video/tasks/${videoId}/content`, {
    headers: { authorization: `Bearer ${token}` },
  })
  const { url } = ((await answer.json()) as { data: { url: string } }).data
  await (await fetch(new URL(url, apiUrl))).arrayBuffer()
  return [token, url.split('/').at(-1) ?? url]
}

/** Each tick of a lane has a trace of its own, and so has each archive that it asks for: they are of no one request. */
function expectPollsApart(
  spans: CollectedSpan[],
  { seen, videoId }: { seen: Seen[]; videoId: string },
): void {
  const ticks = spans.filter(({ name, attributes }) => name === 'poll' && 'reelay.phase' in attributes)
  expect(ticks.length).toBeGreaterThan(1)
  for (const { attributes } of ticks) expect(attributes['reelay.credential']).toBe('default/default')
  const apart = [...ticks, ...jobs(spans, 'archive', videoId)]
  expect(new Set(apart.map(({ traceId }) => traceId)).size).toBe(apart.length)
  for (const { parentSpanId, links } of apart) {
    expect(parentSpanId ?? '').toBe('')
    expect(links).toEqual([])
  }
  const asked = new Set(spans.filter(({ scope }) => scope.endsWith('undici')).map(({ spanId }) => spanId))
  const told = seen.flatMap(({ method, traceparent }) =>
    method === 'GET' && traceparent ? [traceparent] : [],
  )
  expect(told.filter((traceparent) => asked.has(traceparent.split('-')[2] ?? '')).length).toBeGreaterThan(1)
}

function jobs(spans: CollectedSpan[], queue: string, videoId: string): CollectedSpan[] {
  return spans.filter(({ name, attributes }) => name === queue && attributes['reelay.video_id'] === videoId)
}

/** A span and those above it, up to the one that nobody asked for. */
function lineOf(span: CollectedSpan | undefined, trace: CollectedSpan[]): string[] {
  if (!span) return []
  const parent = trace.find(({ spanId }) => spanId === span.parentSpanId)
  return [`${span.service} ${span.name}`, ...lineOf(parent, trace)]
}
