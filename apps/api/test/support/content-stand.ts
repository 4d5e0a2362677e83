import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ExternalTaskId } from '@reelay/contracts/task'
import { type SimulatorOptions, startSimulator } from '@reelay/simulator/server'
import type { Logger } from 'pino'
import { onTestFinished } from 'vitest'
import { buildTestApp, type Headers } from './test-app.ts'

const authorization = 'Bearer sk-test'

/** An api before a simulator with one finished clip, and the links that play it. */
export async function aContentStand(
  options: Partial<SimulatorOptions> = {},
  envOf: (upstreamUrl: string) => Record<string, string> = () => ({}),
  log?: Logger,
) {
  const upstream = await startSimulator({ key: 'sk-test', script: { queuedMs: 0, renderMs: 0 }, ...options })
  const env = { SORA_BASE_URL: upstream.url, ...envOf(upstream.url) }
  const api = await buildTestApp({ env, ...(log && { log }) })
  const origin = await api.listen()
  const user = await api.aUser()
  const { id: upstreamId } = (await asAdmin('POST', '/videos', { prompt: 'a cat' })) as { id: string }
  const answer = await fetch(`${upstream.url}/videos/${upstreamId}/content`, { headers: { authorization } })
  const whole = Buffer.from(await answer.arrayBuffer())
  const clip = await aClip(upstreamId)

  return {
    upstream,
    api,
    origin,
    user,
    upstreamId,
    whole,
    etag: answer.headers.get('etag') ?? '',
    clip,
    asAdmin,
    aClip,
    linkOf,
    fetchLink: (url: string, headers: Headers = {}, init: RequestInit = {}) =>
      fetch(new URL(url, origin), { headers, ...init }),
  }

  /** A finished task whose video upstream knows by this name. */
  function aClip(externalTaskId: string) {
    return api.aTask(user, { status: 'COMPLETED', externalTaskId: externalTaskId as ExternalTaskId })
  }

  async function linkOf(videoId: string): Promise<string> {
    return (await user.get(`/api/video/tasks/${videoId}/content`)).json().data.url
  }

  async function asAdmin(method: string, path: string, body?: object): Promise<unknown> {
    const answer = await fetch(`${upstream.adminUrl}${path}`, {
      method,
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(text)
    return text === '' ? undefined : JSON.parse(text)
  }
}

/** An api before an upstream that answers as the test wants, with a link to a clip. */
export async function anOddStand(answer: RequestListener, env: Record<string, string> = {}) {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const odd = await buildTestApp({
    env: { SORA_BASE_URL: `http://127.0.0.1:${port}/v1`, ...env },
  })
  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
    await odd.stop()
  })
  const owner = await odd.aUser()
  const { videoId } = await odd.aTask(owner, { status: 'COMPLETED' })
  const { url } = (await owner.get(`/api/video/tasks/${videoId}/content`)).json().data
  return {
    link: new URL(url, await odd.listen()),
    connections: () => new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count))),
  }
}
