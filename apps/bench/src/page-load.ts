import type { openBrowser } from '@reelay/local-services/testing/browser'

type Browser = Awaited<ReturnType<typeof openBrowser>>
type Page = Awaited<ReturnType<Browser['open']>>['page']

/** A session as the studio keeps it. */
export type Visitor = string

export type Visit = { url: string; session?: Visitor; until?: string }

/** One load with an empty cache. `busyMs` is all that the page's main thread did, `shift` the cumulative layout shift. */
export type Loaded = { paintMs: number; shift: number; busyMs: number; blockedMs: number; scriptKiB: number }

type Seen = { shift: number; blockedMs: number; frames: number[] }

const LONG_TASK_MS = 50
const DRAGS = 12
const STEPS = 40
const STEP_PX = 8

/** Notes in the page what moves without a person's doing, and what holds its thread up. */
const observe = `
  globalThis.seen = { shift: 0, blockedMs: 0, frames: [] }
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) seen.shift += entry.value
  }).observe({ type: 'layout-shift', buffered: true })
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) seen.blockedMs += duration - ${LONG_TASK_MS}
  }).observe({ type: 'longtask', buffered: true })
`

export async function load(browser: Browser, visit: Visit): Promise<Loaded> {
  const { page, busyMs } = await open(browser, visit)
  try {
    await settled(page, visit.until ?? 'h1')
    const paintMs = (await page.evaluate(
      `performance.getEntriesByName('first-contentful-paint')[0].startTime`,
    )) as number
    const scriptBytes = (await page.evaluate(
      `performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('.js'))
        .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)`,
    )) as number
    const { shift, blockedMs } = await seenBy(page)
    return { paintMs, shift, blockedMs, busyMs: await busyMs(), scriptKiB: scriptBytes / 1024 }
  } finally {
    await page.close()
  }
}

/** Drags a family's tree upwards with the mouse, again and again, so that ever new cards have to be drawn. */
export async function pan(browser: Browser, visit: Visit) {
  const { page } = await open(browser, visit)
  try {
    await settled(page, '[role=treeitem]')
    const frame = page.locator('.lineage-frame')
    await frame.scrollIntoViewIfNeeded()
    const box = await frame.boundingBox()
    if (!box) throw new Error('the tree is not to be seen')
    const x = box.x + box.width / 2
    const bottom = box.y + box.height / 2 + (STEPS * STEP_PX) / 2
    await page.evaluate(`{
      seen.blockedMs = 0
      let last = performance.now()
      const next = (now) => { seen.frames.push(now - last); last = now; requestAnimationFrame(next) }
      requestAnimationFrame(next)
    }`)
    for (let drag = 0; drag < DRAGS; drag += 1) {
      await page.mouse.move(x, bottom)
      await page.mouse.down()
      for (let i = 1; i <= STEPS; i += 1) await page.mouse.move(x, bottom - i * STEP_PX)
      await page.mouse.up()
    }
    const { frames, blockedMs } = await seenBy(page)
    return {
      frames: frames.slice(1),
      blockedMs,
      shown: await page.locator('[role=treeitem]').count(),
    }
  } finally {
    await page.close()
  }
}

/** A page with an empty cache, whose main thread is watched from its first moment. */
async function open(browser: Browser, { url, session }: Visit) {
  let busyMs = async () => Number.NaN
  const { page } = await browser.open(url, async (page) => {
    const devtools = await page.context().newCDPSession(page)
    await devtools.send('Network.clearBrowserCache')
    await devtools.send('Performance.enable')
    busyMs = async () => {
      const { metrics } = await devtools.send('Performance.getMetrics')
      return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN) * 1000
    }
    await page.addInitScript(observe)
    const keep = session
      ? `localStorage.setItem('reelay.session', ${JSON.stringify(session)})`
      : 'localStorage.clear()'
    await page.addInitScript(keep)
  })
  return { page, busyMs }
}

/** The network is never idle: the feed stays open. */
async function settled(page: Page, until: string): Promise<void> {
  await page.locator(until).first().waitFor()
  await page.waitForLoadState('load')
  await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' })
}

async function seenBy(page: Page): Promise<Seen> {
  return (await page.evaluate('seen')) as Seen
}
