import type { Page } from 'playwright-core'
import { expect, vi } from 'vitest'
import { pictureOfDawn } from '../../src/picture.ts'
import type { StudioWorld } from './studio-world.ts'

const picture = {
  name: 'dawn.png',
  mimeType: 'image/png',
  buffer: pictureOfDawn({ width: 1280, height: 720 }),
}

/** From the page of who is not signed in. */
export async function signUp(page: Page, username: string): Promise<void> {
  await page.getByRole('link', { name: 'Make one' }).click()
  await page.getByLabel('User name').fill(username)
  await page.getByLabel('E-mail').fill(`${username}@example.org`)
  await page.getByLabel('Password').fill('a long way home')
  await page.getByRole('button', { name: 'Make the account' }).click()
  await page.getByRole('navigation', { name: 'Pages' }).waitFor()
}

/** From the page of who is not signed in. */
export async function signIn(page: Page, account: { username: string; password: string }): Promise<void> {
  await page.getByLabel('User name').fill(account.username)
  await page.getByLabel('Password').fill(account.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('navigation', { name: 'Pages' }).waitFor()
}

/** As the studio keeps one. */
export function sessionOf(token: string): string {
  const user = { id: 'any', username: 'traveller', email: 'traveller@example.com', role: 'USER' }
  return JSON.stringify({ token, user, expiresAt: Date.now() + 3_600_000 })
}

/** From any page of who is signed in; ends on the page of the new video. */
export async function makeVideo(
  page: Page,
  { prompt, withPicture = false }: { prompt: string; withPicture?: boolean },
): Promise<void> {
  await page.getByRole('link', { name: 'Make a video' }).first().click()
  await page.getByLabel('Prompt').fill(prompt)
  if (withPicture) {
    await page.locator('input[type=file]').setInputFiles(picture)
    await page.getByRole('img', { name: 'The picture that you chose' }).waitFor()
  }
  await page.getByRole('button', { name: 'Make it' }).click()
  await page.waitForURL('**/studio/videos/**')
  await page.getByRole('heading', { level: 1, name: prompt }).waitFor()
}

/** From the page of a finished video. */
export async function remix(page: Page, prompt: string): Promise<void> {
  await page.getByLabel('What should be different?').fill(prompt)
  await page.getByRole('button', { name: 'Make a remix' }).click()
  await page.getByText('The remix is on its way.').waitFor()
}

/** From the page of an ended video, which other tabs show, too. */
export async function deleteEverywhere(page: Page, prompt: string, { open }: StudioWorld['browser']) {
  const gallery = await open(new URL('/studio/', page.url()).href)
  const same = await open(page.url())
  const card = gallery.page.getByRole('article').filter({ hasText: prompt })
  await card.waitFor()
  await same.page.getByRole('heading', { level: 1, name: prompt }).waitFor()
  await page.getByRole('button', { name: 'Delete', exact: true }).click()
  await page.getByRole('button', { name: 'Delete for good' }).click()
  await card.waitFor({ state: 'detached' })
  await same.page.getByText('There is no such video.').waitFor()
  await page.waitForURL('**/studio/')
  await Promise.all([gallery.page.close(), same.page.close()])
}

export async function untilStatus(page: Page, status: string): Promise<void> {
  await page.locator('.video-status', { hasText: status }).waitFor()
}

export async function untilPlayable(page: Page): Promise<void> {
  await page.locator('main video').waitFor()
  await untilTrue(page, `document.querySelector('main video')?.readyState >= 1`)
  await page.evaluate(`{
    const video = document.querySelector('main video')
    video.muted = true
    void video.play()
  }`)
  await untilTrue(page, `document.querySelector('main video').currentTime > 0`)
}

/** Two clips play as one to their end, and are moved frame by frame. */
export async function comparesInStep(page: Page): Promise<void> {
  await untilTrue(page, ofBoth('video.readyState >= 2'))
  await page.getByRole('button', { name: 'Play', exact: true }).click()
  // Not stopped on the way: that a machine may be too slow for.
  await untilTrue(page, ofBoth('video.currentTime > 0.5 && video.paused && !video.seeking'))
  await page.getByRole('slider', { name: 'Position' }).fill('2')
  await untilTrue(page, ofBoth('!video.seeking && Math.abs(video.currentTime - 2) < 0.02'))
  await page.getByRole('button', { name: 'Next frame' }).click()
  await untilTrue(page, ofBoth('!video.seeking && video.currentTime > 2.02'))
  const [one = Number.NaN, other = Number.NaN] = await times(page)
  expect(Math.abs(one - other)).toBeLessThan(0.05)
  await page.getByRole('slider', { name: 'How much of the source is shown' }).fill('20')
}

/** On the page of a video that upstream has too many requests for. */
export async function tellsOfRefusalsWhileQueued(page: Page, count: number): Promise<void> {
  await untilTrue(
    page,
    `document.querySelector('.video-status')?.textContent === 'Queued' &&
      document.querySelectorAll('.timeline-entry.not_sent').length >= ${count}`,
  )
}

/** On the page of a video where nothing more happens. */
export async function isReadAgainOnceVisible(page: Page): Promise<void> {
  const turn = (state: string) => `{
    Object.defineProperty(document, 'visibilityState', { configurable: true, value: '${state}' })
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))
  }`
  const asked: string[] = []
  page.on('request', (request) => asked.push(request.url().split('/').at(-1) ?? ''))
  await vi.waitFor(async () => {
    await page.evaluate(turn('hidden'))
    await page.evaluate(turn('visible'))
    expect(asked).toEqual(expect.arrayContaining(['explain', 'timeline']))
  })
}

function ofBoth(condition: string): string {
  return `[...document.querySelectorAll('video')].filter((video) => ${condition}).length === 2`
}

/** Not Playwright's own waiting: that evaluates strings within the page, which the page's policy forbids. */
export async function untilTrue(page: Page, expression: string): Promise<void> {
  await vi.waitFor(async () => expect(await page.evaluate(expression), expression).toBe(true))
}

async function times(page: Page): Promise<number[]> {
  return (await page.evaluate(
    `[...document.querySelectorAll('video')].map(({ currentTime }) => currentTime)`,
  )) as number[]
}
