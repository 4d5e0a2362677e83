import { join } from 'node:path'
import { createClient, type TaskState } from '@reelay/client/client'
import type { Submitted } from '@reelay/contracts/replies'
import { openBrowser } from '@reelay/local-services/testing/browser'
import { EventSource } from 'eventsource'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startNginx } from './browser/nginx.ts'
import { writeSite } from './browser/site.ts'
import { withoutUpstreamsClips } from './browser/with-fault.ts'
import { startTestStack, untilKept } from './test-stack.ts'

const operator = { username: 'operator', password: 'Tq7-vexing-Marsh' }
const quick = {
  POLL_INTERVAL_MS: '500',
  SIMULATOR_QUEUED_MS: '300',
  SIMULATOR_RENDER_MS: '3000',
  REMIX_ACCEPT_WAIT_MS: '60000',
  ADMIN_USERNAME: operator.username,
  ADMIN_PASSWORD: operator.password,
}

let world: Awaited<ReturnType<typeof startWorld>>

/** Two apis behind an nginx, a browser, and somebody who has a finished clip. */
async function startWorld() {
  await using started = new AsyncDisposableStack()
  const own = started.use(await startTestStack(quick, 1))
  const second = await own.stack.addApi()
  const browser = started.adopt(await openBrowser(join(own.dir, 'browser')), ({ close }) => close())
  const site = join(own.dir, 'site')
  writeSite(site)
  const apiPorts = [own.stack.apiUrl, second.url].map((url) => Number(new URL(url).port))
  const nginx = started.adopt(await startNginx({ dir: join(own.dir, 'nginx'), site, apiPorts }), ({ stop }) =>
    stop(),
  )
  const { videoId: source } = await own.client.createTask({
    prompt: 'a red kite',
    size: '1280x720',
    seconds: '4',
  })
  await Array.fromAsync(own.client.follow(source))
  const all = started.move()
  return {
    apiUrl: own.stack.apiUrl,
    stack: own.stack,
    client: own.client,
    account: own.account,
    browser,
    nginx,
    second,
    source,
    stop: () => all.disposeAsync(),
  }
}

beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world?.stop())

test('an old front end remixes, listens and plays through a buffering nginx', async () => {
  const { nginx, browser, source, account } = world
  const { page, problems } = await browser.open(`${nginx.origin}/old-front-end.html`)
  await page.evaluate(`start('${account.username}', '${account.password}', 'the kite at night')`)
  const isPlaying = `clip.videoWidth > 0 && clip.readyState >= 2 && clip.currentTime > 0`
  await page.waitForFunction(isPlaying)

  const { remix, events, opened } = (await page.evaluate('story')) as {
    remix: Submitted
    events: (TaskState & { id: string })[]
    opened: number
  }
  expect(remix).toMatchObject({ status: 'processing', remixed_from: source })
  expect(events.at(-1)).toMatchObject({ status: 'COMPLETED', progress: 100 })
  expect(events.slice(0, -1).map(({ status }) => status)).toContain('PROCESSING')
  expectOnlyForwards(events)
  expect(opened).toBe(1)
  // COMPLETED comes once more when the clip is archived: such a page loads it anew, and lets the first load go.
  const ofFirstLoad = /^The play\(\) request was interrupted by a new load|^GET \/api\/video\/content\//
  expect(problems.filter((problem) => !ofFirstLoad.test(problem))).toEqual([])
  await page.close()
})

test('a player shows a clip that only our own store has, and seeks in it', async () => {
  const { nginx, browser, client, stack, source } = world
  await untilKept(client, source)
  await using _ = await withoutUpstreamsClips(stack)
  const { url } = await client.contentLink(source)
  const { page, problems } = await browser.open(`${nginx.origin}/player.html`)
  const spans: (string | undefined)[] = []
  page.on('request', (request) => {
    if (request.url().includes('/api/video/content/')) spans.push(request.headers().range)
  })
  await page.evaluate(`load('${new URL(url).pathname}')`)
  await page.waitForFunction('clip.videoWidth > 0 && clip.readyState >= 2')
  expect(await page.evaluate('clip.duration')).toBeGreaterThan(3.5)
  await page.evaluate('clip.currentTime = 3')
  await page.waitForFunction('!clip.seeking && clip.readyState >= 2')
  expect(await page.evaluate('clip.currentTime')).toBe(3)
  expect(await page.evaluate('clip.seekable.end(0)')).toBe(await page.evaluate('clip.duration'))
  expect(spans[0]).toBe('bytes=0-')
  expect(problems).toEqual([])
  await page.close()
})

test('the eventsource package of Node hears the same, and only because buffering is off', async () => {
  const { nginx, client } = world
  const through = createClient({ baseUrl: nginx.origin, token: client.token })
  const open = (path: string) => {
    const states: TaskState[] = []
    const events = new EventSource(`${nginx.origin}${path}/api/sse/task-updates?token=${client.token}`)
    events.onmessage = ({ data }) => {
      const event = JSON.parse(data) as { type: string; payload: TaskState }
      if (event.type === 'taskUpdate') states.push(event.payload)
    }
    return { states, events }
  }
  const heard = open('')
  const deaf = open('/deaf')
  try {
    const { tasks } = await through.tasks({ status: 'COMPLETED' })
    const { videoId } = await through.remix(tasks[0]?.videoId ?? '', { prompt: 'the kite in snow' })
    const own = () => heard.states.filter((state) => state.videoId === videoId)
    await vi.waitFor(() => expect(own().at(-1)).toMatchObject({ status: 'COMPLETED' }))
    expectOnlyForwards(own())
    expect(deaf.states).toEqual([])
  } finally {
    heard.events.close()
    deaf.events.close()
  }
})

test('the client in a page sees the end of a remix over dropped connections and a dead api', async () => {
  const { nginx, browser, account, second } = world
  const { page, problems } = await browser.open(`${nginx.origin}/new-front-end.html`)
  expect(problems).toEqual([])
  let feeds = 0
  page.on('request', (request) => {
    if (request.url().includes('/api/sse/task-updates')) feeds += 1
  })
  await page.evaluate(`start('${account.username}', '${account.password}')`)
  const { videoId } = (await page.evaluate(`remix('the kite in rain [fault:transient]')`)) as Submitted
  const states = async () =>
    ((await page.evaluate('story.states')) as TaskState[]).filter((state) => state.videoId === videoId)
  await vi.waitFor(async () => expect(await states()).not.toEqual([]))

  nginx.reload()
  second.process.kill('SIGKILL')
  await vi.waitFor(async () => expect((await states()).at(-1)).toMatchObject({ status: 'COMPLETED' }))
  expectOnlyForwards(await states())
  expect(feeds).toBeGreaterThanOrEqual(2)
  expect(await page.evaluate('story.isEnded')).toBe(false)

  await page.evaluate('leave()')
  await page.waitForFunction('story.isEnded')
  expect(await page.evaluate('story.error')).toMatch(/AbortError/)
  await page.close()
})

test('the page of the routes shows them all under its policy', async () => {
  const { browser, apiUrl } = world
  const { page, problems } = await browser.open(`${apiUrl}/docs`)
  const ofBothApis = page.getByText('Remix a finished video')
  await ofBothApis.first().click()
  expect(await ofBothApis.count()).toBe(2)
  await page.getByText('the same place in heavy snow').first().waitFor()
  const loaded = (await page.evaluate(
    `performance.getEntriesByType('resource').map(({ name }) => name)`,
  )) as string[]
  expect(loaded).toContain(`${apiUrl}/docs/json`)
  expect(loaded.filter((url) => !url.startsWith(`${apiUrl}/`))).toEqual([])
  expect(problems).toEqual([])
  await page.close()
})

describe('a prompt that is a script', () => {
  const script = '<img src=x onerror=alert(1)>'

  test('runs in a page that takes it for HTML', async () => {
    const { page, problems } = await world.browser.open('about:blank')
    await page.setContent(script)
    await vi.waitFor(() => expect(problems).toContain('dialog 1'))
    await page.close()
  })

  test('is inert on every page of ours, which all say what they may load', async () => {
    const { browser, apiUrl, client } = world
    const signedIn = await browser.open(`${apiUrl}/admin/sign-in`)
    await signedIn.page.fill('#username', script)
    await signedIn.page.fill('#password', script)
    await signedIn.page.click('button')
    await signedIn.page.getByRole('alert').waitFor()
    await signedIn.page.fill('#username', operator.username)
    await signedIn.page.fill('#password', operator.password)
    await signedIn.page.click('button')
    await signedIn.page.getByText('submit').first().waitFor()
    const send = (method: string, path: string, body: object = {}) =>
      signedIn.page.evaluate(
        ([url, method, body]) =>
          fetch(url, { method, body, headers: { 'content-type': 'application/json' } }).then(
            ({ status }) => status,
          ),
        [`${apiUrl}/admin/queues/api/queues/submit/${path}`, method, JSON.stringify(body)] as const,
      )

    expect(await send('PUT', 'pause')).toBe(200)
    try {
      // The queue is paused: an answer that waits for upstream's would be long.
      const created = await fetch(`${apiUrl}/api/video/tasks`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${client.token}`,
          'content-type': 'application/json',
          prefer: 'respond-async',
        },
        body: JSON.stringify({
          prompt: script,
          metadata: { [script]: script },
          clientRequestId: script,
        }),
      })
      const { videoId } = ((await created.json()) as { data: Submitted }).data
      const job = `${videoId}-1`
      const data = { v: 1, videoId: script, attempt: 1, prompt: script }
      expect(await send('PATCH', `${job}/update-data`, { jobData: data })).toBe(200)
      expect(await send('POST', 'add', { name: script, data, options: { jobId: 'forged_job_1' } })).toBe(200)

      const pages: [string, string][] = [
        ['/admin/queues/queue/submit?status=prioritized', job],
        ['/admin/queues/queue/submit?status=waiting', script],
        ['/admin/queues/queue/archive', 'archive'],
        [`/admin/queues/queue/submit/${job}`, job],
        ['/admin/queues/queue/submit/forged_job_1', script],
        [`/admin/tasks/${videoId}`, videoId],
        ['/docs', 'Remix a finished video'],
      ]
      for (const [path, shown] of pages) {
        const { page, problems, headers } = await browser.open(`${apiUrl}${path}`)
        await page.getByText(shown).first().waitFor()
        expect(headers['content-security-policy'], path).toContain("frame-ancestors 'none'")
        expect(headers['x-content-type-options'], path).toBe('nosniff')
        expect(problems, path).toEqual([])
        expect(await page.locator('img[src=x]').count(), path).toBe(0)
        await page.close()
      }
      expect(signedIn.problems).toEqual([])
    } finally {
      await send('PUT', 'resume')
      await signedIn.page.close()
    }
  })
})

function expectOnlyForwards(states: { version: number }[]): void {
  const versions = states.map(({ version }) => version)
  expect(versions).toEqual([...new Set(versions)].toSorted((a, b) => a - b))
}
