import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createClient } from '@reelay/client/client'
import type { Opened } from '@reelay/local-services/testing/browser'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { signIn as signInAt } from './browser/studio-steps.ts'
import { operator, startStudioWorld } from './browser/studio-world.ts'

const quick = { SIMULATOR_QUEUED_MS: '0', SIMULATOR_RENDER_MS: '500' }
const image = '<img src=x onerror=alert(1)>'
const refusal = '<img src=x onerror=alert(4)>'
const script = '<script>alert(2)</script>'
const link = 'javascript:alert(3)'

let world: Awaited<ReturnType<typeof startWorld>>

/** A studio of somebody who writes nothing but markup, and a site that has no business in it. */
async function startWorld() {
  await using started = new AsyncDisposableStack()
  const studio = started.adopt(await startStudioWorld(quick), ({ stop }) => stop())
  const foreign = started.adopt(await startForeignSite(), ({ stop }) => stop())
  const all = started.move()
  return { ...studio, url: studio.apiUrl, foreign, stop: () => all.disposeAsync() }
}

beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world?.stop())

describe('what a user writes is text', () => {
  test('in the list, on a video’s page, among keys and in the account menu', async () => {
    const { client, account } = world
    const finished = await aVideo(`${image} ${script}`)
    await client.remix(finished, { prompt: link, metadata: { [image]: script } })
    const failed = await aVideo(`${image} [fault:fail]`)
    await world.db.execute(
      `update video_tasks set error_message = '${refusal}', upstream_code = '${script}' where video_id = '${failed}'`,
    )
    await client.createKey({ name: image })

    await signIn(account)
    await expectText('/', link, image, script)
    await expectText('/?status=failed', image)
    await expectText(`/videos/${finished}`, image)
    await expectText(`/videos/${failed}`, image, refusal)
    await expectText('/keys', image)
    await renameHere(image)
    await expectText('/', image)
  })

  test('on the pages of operators, which have it of others', async () => {
    const { account, db } = world
    const videoId = await aVideo(image, { clientRequestId: script })
    await db.execute(`update users set username = '${image}' where username = '${account.username}'`)
    try {
      await signIn(operator)
      await expectText(`/admin?${new URLSearchParams({ find: `${link} ${image}` })}`, image, link)
      await expectText(`/admin?${new URLSearchParams({ find: script })}`, videoId, image)
      await expectText(`/admin/tasks/${videoId}`, videoId, image)
    } finally {
      await db.execute(`update users set username = '${account.username}' where username = '${image}'`)
    }
  })

  test('in an address that leads nowhere', async () => {
    await signIn(operator)
    await expectText(`/videos/${encodeURIComponent(image)}`, 'There is no such video.', 'To your videos')
    await expectText(`/admin/tasks/${encodeURIComponent(image)}`, 'There is no such task.')
    await expectText(`/${encodeURIComponent(script)}`)
    await expectText(`/admin?find=${'x'.repeat(513)}`, 'id must have at most 512 characters')
    await expectText('/admin?find=%00', 'without NUL characters')
  })
})

test('what a user types is cut nowhere, and outlives the session', async () => {
  const { account } = world
  await signIn(account)
  await withPage('/new', async ({ page }) => {
    const sent: string[] = []
    page.on('request', (request) => request.method() === 'POST' && sent.push(request.url()))
    const prompt = page.getByLabel('Prompt')
    await prompt.fill('🪁'.repeat(32_003))
    await page.getByText('Too long by 3:').waitFor()
    await page.getByRole('button', { name: 'Make it' }).click()
    await prompt.and(page.locator(':focus')).waitFor()
    expect(sent).toEqual([])
    await prompt.fill('a long story')
    await page.evaluate(`dispatchEvent(new StorageEvent('storage', { key: null }))`)
    await signInAt(page, account)
    await expect.poll(() => prompt.inputValue()).toBe('a long story')
  })
})

test('of a source that was deleted a remix says so, and leads nowhere', async () => {
  const { account, client } = world
  const source = await aVideo('a lake')
  const { videoId } = await client.remix(source, { prompt: 'the lake frozen' })
  await Array.fromAsync(client.follow(videoId))
  await client.deleteTask(source)
  await signIn(account)
  await withPage(`/videos/${videoId}`, async ({ page }) => {
    await page.getByText(`${source} · Deleted`).waitFor()
    await page.getByRole('button', { name: 'Download' }).waitFor()
    expect(await page.locator(`a[href$="${source}"], a[href*="/compare/"]`).count()).toBe(0)
  })
})

describe('the policy of the studio', () => {
  test('stops whatever was put into its page, and says so', async () => {
    const { browser, url, foreign } = world
    const { page, headers } = await browser.open(`${url}/studio/`)
    expect(headers['content-security-policy']).toContain("script-src 'self';")
    await page.evaluate(`
      window.violations = []
      addEventListener('securitypolicyviolation', ({ effectiveDirective: directive, blockedURI }) =>
        violations.push(directive + ' ' + blockedURI))`)
    await page.evaluate(injected(foreign.origin))

    const expected = [
      'script-src-elem inline',
      `script-src-elem ${foreign.origin}/script.js`,
      'script-src-attr inline',
      'style-src-elem inline',
      `img-src ${foreign.origin}/picture.png`,
      `connect-src ${foreign.origin}/steal`,
      `frame-src ${foreign.origin}`,
    ]
    await expect.poll(() => page.evaluate('violations')).toEqual(expect.arrayContaining(expected))
    expect(await page.evaluate('window.ran')).toBe(undefined)
    expect(foreign.asked).toEqual([])
    await page.close()
  })

  test('lets no other site put it into a frame', async () => {
    const { browser, url, foreign } = world
    const { page } = await browser.open(`${foreign.origin}/frame?${url}/studio/`)
    await expect
      .poll(() => page.frames().map((frame) => frame.url()))
      .toContain('chrome-error://chromewebdata/')
    await page.close()
  })

  test('is no hindrance: every page loads from its own origin alone', async () => {
    await signIn(operator)
    for (const path of ['/', '/new', '/keys', '/admin']) {
      const { page, problems } = await world.browser.open(`${world.url}/studio${path}`)
      await page.getByRole('heading', { level: 1 }).waitFor()
      const loaded = (await page.evaluate(
        `performance.getEntriesByType('resource').map(({ name }) => name)`,
      )) as string[]
      expect(loaded.length).toBeGreaterThan(0)
      expect(loaded.filter((each) => !each.startsWith(`${world.url}/`))).toEqual([])
      expect(problems).toEqual([])
      await page.close()
    }
  })
})

/** What somebody would do who got markup into the page. */
const injected = (origin: string) => `
  const add = (name, properties) => document.body.append(Object.assign(document.createElement(name), properties))
  add('script', { textContent: 'window.ran = 1' })
  add('script', { src: '${origin}/script.js' })
  add('div', { innerHTML: '<img src="/nothing" onerror="window.ran = 1">' })
  add('style', { textContent: 'body { display: none }' })
  add('img', { src: '${origin}/picture.png' })
  add('iframe', { src: '${origin}/frame' })
  fetch('${origin}/steal').catch(() => {})`

async function aVideo(prompt: string, more: { clientRequestId?: string } = {}): Promise<string> {
  const { videoId } = await world.client.createTask({ prompt, ...more })
  await Array.fromAsync(world.client.follow(videoId))
  return videoId
}

/** All pages of a browser share who is signed in. */
async function signIn(account: { username: string; password: string }): Promise<void> {
  const guest = createClient({ baseUrl: world.url })
  const session = JSON.stringify(await guest.openSession(account.username, account.password))
  await withPage('/sign-in', ({ page }) =>
    page.evaluate((text) => localStorage.setItem('reelay.session', text), session),
  )
}

/** As if that were what the api had called the user. */
async function renameHere(username: string): Promise<void> {
  await withPage('/', ({ page }) =>
    page.evaluate((username) => {
      const session = JSON.parse(localStorage.getItem('reelay.session') ?? '{}')
      const renamed = { ...session, user: { ...session.user, username } }
      localStorage.setItem('reelay.session', JSON.stringify(renamed))
    }, username),
  )
}

/** A page shows these texts, and nothing in it is or has run as markup. */
async function expectText(path: string, ...texts: string[]): Promise<void> {
  await withPage(path, async ({ page, problems }) => {
    await page.getByRole('main').waitFor()
    for (const text of texts) await page.getByText(text).first().waitFor()
    const markup = 'img[src=x], #studio script, a[href^="javascript:"], [onerror]'
    expect(await page.locator(markup).count(), path).toBe(0)
    expect(
      problems.filter((problem) => problem.startsWith('dialog')),
      path,
    ).toEqual([])
  })
}

async function withPage(path: string, use: (opened: Opened) => Promise<unknown>): Promise<void> {
  const opened = await world.browser.open(`${world.url}/studio${path}`)
  await use(opened)
  await opened.page.close()
}

/** Another origin: serves a script, a frame around what its address names, and notes what it was asked for. */
async function startForeignSite() {
  const asked: string[] = []
  const server = createServer(({ url = '' }, response) => {
    const [path, framed] = url.split('?')
    if (framed)
      return response.setHeader('content-type', 'text/html').end(`<iframe src="${framed}"></iframe>`)
    asked.push(path ?? '')
    response.writeHead(200, { 'content-type': 'text/javascript', 'access-control-allow-origin': '*' })
    return response.end('window.ran = 1')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
