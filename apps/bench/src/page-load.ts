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
/** To where the leaves are, and then along them. */
const DRAGS = [...Array(6).fill('left'), ...Array(12).fill('up')]
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

/** The first of text or a picture, which may come after the page is loaded. */
const firstPaint = `new Promise((resolve) => {
  new PerformanceObserver((list) => {
    const [paint] = list.getEntriesByName('first-contentful-paint')
    if (paint) resolve(paint.startTime)
  }).observe({ type: 'paint', buffered: true })
})`

export async function load(browser: Browser, visit: Visit): Promise<Loaded> {
  const { page, busyMs } = await open(browser, visit)
  try {
    await settled(page, visit.until ?? 'h1')
    const paintMs = (await page.evaluate(firstPaint)) as number
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

/** Drags a family's tree with the mouse, so far that ever new cards have to be drawn. */
export async function pan(browser: Browser, visit: Visit) {
  const { page } = await open(browser, visit)
  try {
    await settled(page, '[role=treeitem]')
    const frame = page.locator('.lineage-frame')
    await frame.scrollIntoViewIfNeeded()
    const box = await frame.boundingBox()
    if (!box) throw new Error('the tree is not to be seen')
    const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 }
    await page.evaluate(`{
      seen.blockedMs = 0
      let last = performance.now()
      const next = (now) => { seen.frames.push(now - last); last = now; requestAnimationFrame(next) }
      requestAnimationFrame(next)
    }`)
    for (const direction of DRAGS) {
      const at = (step: number) => {
        const by = (STEPS / 2 - step) * STEP_PX
        return direction === 'up'
          ? ([middle.x, middle.y + by] as const)
          : ([middle.x + by, middle.y] as const)
      }
      await page.mouse.move(...at(0))
      await page.mouse.down()
      for (let step = 1; step <= STEPS; step += 1) await page.mouse.move(...at(step))
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
