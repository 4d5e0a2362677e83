import { chromium, type Page } from 'playwright-core'
import { findChromium } from '../programs/browser-programs.ts'

const args = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Playwright waits half a minute for whatever it waits for. */
const PATIENCE_MS = 120_000

export type Opened = { page: Page; problems: string[]; headers: Record<string, string> }

export async function openBrowser(userDataDir: string) {
  const { command, env } = await findChromium((message) => console.error(message))
  const known = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined)
  const context = await chromium.launchPersistentContext(userDataDir, {
    executablePath: command,
    args,
    env: Object.fromEntries(known),
    timeout: PATIENCE_MS,
  })
  context.setDefaultTimeout(PATIENCE_MS)
  return {
    /** Opens a page; what goes wrong in it is kept. `prepare` is done before it loads anything. */
    async open(url: string, prepare: (page: Page) => Promise<unknown> = async () => {}): Promise<Opened> {
      const page = await context.newPage()
      await prepare(page)
      const problems: string[] = []
      page.on('pageerror', (error) => problems.push(error.message))
      page.on('dialog', (dialog) => {
        problems.push(`dialog ${dialog.message()}`)
        void dialog.dismiss()
      })
      page.on('requestfailed', (request) =>
        problems.push(`${request.method()} ${new URL(request.url()).pathname}`),
      )
      const response = await page.goto(url)
      return { page, problems, headers: response?.headers() ?? {} }
    },
    close: () => context.close(),
  }
}
