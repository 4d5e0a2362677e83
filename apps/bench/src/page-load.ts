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
const STEPS = 120
const STEP_PX = 7

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

export async function load(browser: Browser, { url, session, until = 'h1' }: Visit): Promise<Loaded> {
  const { page } = await browser.open(url, prepared(session))
  try {
    await page.waitForSelector(until)
    await page.waitForLoadState('networkidle')
    const paintMs = (await page.evaluate(
      `performance.getEntriesByName('first-contentful-paint')[0].startTime`,
    )) as number
    const scriptBytes = (await page.evaluate(
      `performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('.js'))
        .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)`,
    )) as number
    const { shift, blockedMs } = await seenBy(page)
    return { paintMs, shift, blockedMs, busyMs: await busyMs(page), scriptKiB: scriptBytes / 1024 }
  } finally {
    await page.close()
  }
}

/** Drags a tree with the mouse, frame after frame. */
export async function pan(browser: Browser, { url, session, until = 'h1' }: Visit) {
  const { page } = await browser.open(url, prepared(session))
  try {
    const tree = page.locator(until)
    await tree.scrollIntoViewIfNeeded()
    await page.waitForLoadState('networkidle')
    const box = await tree.boundingBox()
    if (!box) throw new Error('the tree is not to be seen')
    const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 }
    await page.mouse.move(middle.x, middle.y)
    await page.mouse.down()
    await page.evaluate(`{
      seen.blockedMs = 0
      let last = performance.now()
      const next = (now) => { seen.frames.push(now - last); last = now; requestAnimationFrame(next) }
      requestAnimationFrame(next)
    }`)
    for (let i = 1; i <= STEPS; i += 1) {
      const back = i > STEPS / 2 ? STEPS - i : i
      await page.mouse.move(middle.x - back * STEP_PX, middle.y - back * 2)
    }
    const { frames, blockedMs } = await seenBy(page)
    await page.mouse.up()
    return {
      frames: frames.slice(1),
      blockedMs,
      shown: await page.locator(`${until} [role=treeitem]`).count(),
    }
  } finally {
    await page.close()
  }
}

function prepared(session: Visitor | undefined) {
  return async (page: Page): Promise<void> => {
    const devtools = await page.context().newCDPSession(page)
    await devtools.send('Network.clearBrowserCache')
    await page.addInitScript(observe)
    const keep = session
      ? `localStorage.setItem('reelay.session', ${JSON.stringify(session)})`
      : 'localStorage.clear()'
    await page.addInitScript(keep)
  }
}

async function seenBy(page: Page): Promise<Seen> {
  return (await page.evaluate('seen')) as Seen
}

async function busyMs(page: Page): Promise<number> {
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('Performance.enable')
  const { metrics } = await devtools.send('Performance.getMetrics')
  return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN) * 1000
}
