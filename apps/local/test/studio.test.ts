import { createClient } from '@reelay/client/client'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { violationsOf } from './browser/axe.ts'
import { focusOn, tabBackInSight, type } from './browser/keyboard.ts'
import {
  comparesInStep,
  deleteEverywhere,
  isReadAgainOnceVisible,
  makeVideo,
  remix,
  sessionOf,
  signIn,
  signUp,
  tellsOfRefusalsWhileQueued,
  untilPlayable,
  untilStatus,
  untilTrue,
} from './browser/studio-steps.ts'
import { operator, type StudioWorld, startStudioWorld } from './browser/studio-world.ts'
import { withoutPolls, withoutUpstreamsClips } from './browser/with-fault.ts'
import { untilKept } from './test-stack.ts'

const quick = { SIMULATOR_QUEUED_MS: '300', SIMULATOR_RENDER_MS: '3000' }

/** What a page asked for is no longer wanted when it is left. */
const ofLeavingPage = /^GET /

const posters = /variant=thumbnail/
const withoutPosters = (page: Page) => page.route(posters, (route) => route.abort())

let world: StudioWorld

beforeAll(async () => {
  world = await startStudioWorld(quick)
})
afterAll(() => world?.stop())

test('a person signs up, makes a video with a picture, remixes it, and sees the two side by side', async () => {
  const { apiUrl, browser } = world
  const { page, problems } = await browser.open(apiUrl)
  expect(new URL(page.url()).pathname).toBe('/studio/')
  await signUp(page, 'walker')
  await page.getByText('No videos yet.').waitFor()
  const second = await browser.open(`${apiUrl}/studio/`)
  await second.page.getByText('No videos yet.').waitFor()

  {
    await using _ = await withoutPolls(world.stack)
    await makeVideo(page, { prompt: 'a red kite', withPicture: true })
    await page.getByRole('progressbar', { name: 'Progress', exact: true }).waitFor()
  }
  const source = page.url()
  await untilStatus(page, 'Finished')
  await untilPlayable(page)
  const inSecond = second.page.getByRole('article').filter({ hasText: 'a red kite' })
  await inSecond.getByText('Finished').waitFor()

  await remix(page, 'the kite at night')
  const tree = page.getByRole('tree')
  await vi.waitFor(async () => expect(await tree.getByRole('treeitem').count()).toBe(2))
  await second.page
    .getByRole('article')
    .filter({ hasText: 'the kite at night' })
    .getByText('Finished')
    .waitFor()

  await tree
    .getByRole('treeitem', { name: /the kite at night/ })
    .getByRole('link')
    .click()
  await untilStatus(page, 'Finished')
  await page.getByRole('link', { name: 'Compare with its source' }).click()
  await comparesInStep(page)
  await page.goto(source)
  await page.getByText('Stored', { exact: true }).waitFor()
  {
    await using _ = await withoutUpstreamsClips(world.stack)
    await page.reload()
    await untilPlayable(page)
  }
  expect(problems.filter((problem) => !ofLeavingPage.test(problem))).toEqual([])
  await Promise.all([page.close(), second.page.close()])
})

test('a video is cancelled, retried and deleted', async () => {
  const { apiUrl, browser } = world
  const { page } = await browser.open(`${apiUrl}/studio/new`)
  {
    await using _ = await withoutPolls(world.stack)
    await makeVideo(page, { prompt: 'a slow snail' })
    await page.getByRole('button', { name: 'Cancel', exact: true }).click()
    await page.getByRole('dialog').getByText('may still cost').waitFor()
    await page.getByRole('button', { name: 'Cancel the video' }).click()
    await untilStatus(page, 'Cancelled')
  }
  await page.getByRole('button', { name: 'Retry', exact: true }).click()
  await page.getByRole('dialog').getByText('looks for what was already paid first').waitFor()
  await page.getByRole('dialog').getByRole('button', { name: 'Retry' }).click()
  await untilStatus(page, 'Finished')
  for (const line of ['Created', 'Cancelled', 'Retried', 'Completed'])
    await page.locator('.timeline').getByText(line, { exact: true }).first().waitFor()
  await deleteEverywhere(page, 'a slow snail', browser)
  await page.close()
})

test('the page of a video that waits tells what no event tells of', async () => {
  const { apiUrl, browser } = world
  const { page } = await browser.open(`${apiUrl}/studio/new`)
  await makeVideo(page, { prompt: 'a long queue [fault:rate_limit=8,3]' })
  await tellsOfRefusalsWhileQueued(page, 3)
  await untilStatus(page, 'Finished')
  await isReadAgainOnceVisible(page)
  await page.close()
})

test('a page whose api is killed says so, comes back and is right', async () => {
  const { browser, stack } = world
  const other = await stack.addApi()
  const { page } = await browser.open(`${other.url}/studio/`)
  await signUp(page, 'patient')
  await makeVideo(page, { prompt: 'a long night' })
  other.process.kill('SIGKILL')
  await page.getByText('Connection lost. Trying again…').waitFor()
  const elsewhere = await createClient({ baseUrl: stack.apiUrl }).login('patient', 'a long way home')
  const { tasks } = await elsewhere.tasks()
  await Array.fromAsync(elsewhere.follow(tasks[0]?.videoId ?? ''))
  await stack.addApi(Number(new URL(other.url).port))
  await untilStatus(page, 'Finished')
  await vi.waitFor(async () => expect(await page.getByText('Connection lost').count()).toBe(0))
  await untilPlayable(page)
  await page.close()
})

test('a page that is offline says so, shows what it has, and goes on when it is back', async () => {
  const { apiUrl, browser } = world
  const { page, problems } = await browser.open(`${apiUrl}/studio/`, withoutPosters)
  await page.getByRole('article').first().waitFor()
  await vi.waitFor(() => expect(problems.join()).toContain('/api/video/content/'))
  const network = page.context()
  await network.setOffline(true)
  await page.unroute(posters)
  try {
    await page.getByText('You are offline. What you see may be out of date.').waitFor()
    expect(await page.getByRole('article').count()).toBeGreaterThan(0)
    await page.getByRole('link', { name: 'API keys' }).click()
    await page.getByText('There is no connection. This is shown when it is back.').waitFor()
  } finally {
    await network.setOffline(false)
  }
  await page.getByText('No keys yet.').waitFor()
  await vi.waitFor(async () => expect(await page.getByText('You are offline').count()).toBe(0))
  await page.getByRole('link', { name: 'Videos' }).click()
  await untilTrue(page, `document.querySelectorAll('.still-image.there').length > 0`)
  await page.close()
})

test('an operator on a phone reaches every page, the search with a slash, and no field under the bar', async () => {
  const { apiUrl, browser } = world
  const { page } = await browser.open(`${apiUrl}/studio/`)
  await page.setViewportSize({ width: 360, height: 740 })
  await page.evaluate('localStorage.clear()')
  await page.goto(`${apiUrl}/studio/sign-in`)
  await signIn(page, operator)
  const pages = page.getByRole('navigation', { name: 'Pages' })
  await pages.getByRole('link', { name: 'Operations' }).click()
  expect(await pages.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)).toBe(0)
  await page.getByRole('heading', { level: 1 }).click()
  await page.keyboard.press('/')
  await page.keyboard.type('video_1767225600000_nowhere')
  await page.keyboard.press('Enter')
  await page.getByText('Nothing is called “video_1767225600000_nowhere”.').waitFor()
  const { videoId } = await world.client.createTask({ prompt: 'somebody else’s' })
  await page.goto(`${apiUrl}/studio/admin/tasks/${videoId}`)
  await page.locator('.facts').getByText('Finished').waitFor()
  await page.goto(`${apiUrl}/studio/new`)
  await page.setViewportSize({ width: 360, height: 400 })
  await tabBackInSight(page)
  await page.close()
})

test('an operator gets from a task to its lane on the board, and on to the tasks of the lane', async () => {
  const { apiUrl, browser, client } = world
  await using _ = await withoutPolls(world.stack)
  const { videoId } = await client.createTask({ prompt: 'a kite among others' })
  await vi.waitFor(async () => expect((await client.task(videoId)).status).toBe('PROCESSING'))
  const { page } = await browser.open(`${apiUrl}/studio/`)
  await page.evaluate('localStorage.clear()')
  await page.goto(`${apiUrl}/studio/sign-in`)
  await signIn(page, operator)
  await page.goto(`${apiUrl}/studio/admin/tasks/${videoId}`)
  await page.getByRole('link', { name: 'The lane that polls it, on the board' }).click()
  await page.getByLabel('User name').fill(operator.username)
  await page.getByLabel('Password').fill(operator.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByText('lane-default/default-').first().waitFor()
  const tasksOfLane = await page.getByRole('link', { name: 'Tasks of this lane' }).getAttribute('href')
  await page.goto(`${apiUrl}/studio/admin/tasks/${videoId}`)
  const link = page.getByRole('link', { name: 'All tasks of that lane' })
  expect(await link.getAttribute('href')).toBe(tasksOfLane)
  await link.click()
  await page.getByText(`/admin/tasks/${videoId}`).waitFor()
  await page.close()
})

test('the keyboard alone is enough', async () => {
  const { apiUrl, browser, client } = world
  const { page } = await browser.open(`${apiUrl}/studio/`)
  await page.evaluate('localStorage.clear()')
  await page.goto(`${apiUrl}/studio/sign-in`)
  await type(page, 'User name', world.account.username)
  await type(page, 'Password', world.account.password)
  await page.keyboard.press('Enter')
  await focusOn(page, 'link', 'Make a video')
  await page.keyboard.press('Enter')
  await type(page, 'Prompt', 'typed on a train')
  await focusOn(page, 'button', 'Make it')
  await page.keyboard.press('Enter')
  await untilStatus(page, 'Finished')
  await type(page, 'What should be different?', 'typed on a boat')
  await focusOn(page, 'button', 'Make a remix')
  await page.keyboard.press('Enter')
  const items = page.getByRole('treeitem')
  await vi.waitFor(async () => expect(await items.count()).toBe(2))
  await focusOn(page, 'treeitem', /typed on a train/)
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'typed on a boat' }).waitFor()
  await untilStatus(page, 'Finished')
  await untilKept(client, new URL(page.url()).pathname.split('/').at(-1) ?? '')
  await focusOn(page, 'link', 'Compare with its source')
  await page.keyboard.press('Enter')
  await focusOn(page, 'slider', 'How much of the source is shown')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('.')
  await page.close()
})

test.each(['light', 'dark'] as const)(
  'no page has what axe calls a violation, in a %s theme',
  async (theme) => {
    const { apiUrl, browser, client } = world
    const { page } = await browser.open(`${apiUrl}/studio/`)
    await page.emulateMedia({ colorScheme: theme })
    await page.evaluate('localStorage.clear()')
    for (const path of ['sign-in', 'register']) expect(await violationsAt(page, path)).toEqual([])
    await page.goto(`${apiUrl}/studio/sign-in`)
    await signIn(page, operator)
    for (const path of ['', 'new', 'keys', 'admin', 'nowhere'])
      expect(await violationsAt(page, path)).toEqual([])

    await page.evaluate(
      `localStorage.setItem('reelay.session', ${JSON.stringify(sessionOf(client.token ?? ''))})`,
    )
    const { tasks } = await client.tasks()
    const remixed = tasks.find(({ remixed_from, status }) => remixed_from && status === 'COMPLETED')
    const failed = await client.createTask({ prompt: 'a violent scene [fault:moderation]' })
    for (const path of [
      '',
      `videos/${remixed?.videoId}`,
      `compare/${remixed?.videoId}`,
      `videos/${failed.videoId}`,
    ])
      expect(await violationsAt(page, path)).toEqual([])
    await page.close()

    async function violationsAt(page: Page, path: string) {
      await page.goto(`${apiUrl}/studio/${path}`)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await untilTrue(page, `!document.querySelector('[aria-busy=true]')`)
      return violationsOf(page)
    }
  },
)
