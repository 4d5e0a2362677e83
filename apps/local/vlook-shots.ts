import { createServer, request } from 'node:http'
import { existsSync, readFileSync, mkdirSync } from 'node:fs'
import { extname, join } from 'node:path'
import { createClient } from '@reelay/client/client'
import { openBrowser } from '@reelay/local-services/testing/browser'

const { apiUrl, ids } = JSON.parse(readFileSync('/tmp/vlook/stack.json', 'utf8'))
const dist = '/tmp/vlook/dist'
const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' }
const csp = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
const server = createServer((req, res) => {
  if (!req.url!.startsWith('/studio')) {
    const up = request(new URL(req.url!, apiUrl), { method: req.method, headers: req.headers }, (r) => { res.writeHead(r.statusCode!, r.headers); r.pipe(res) })
    up.on('error', () => res.destroy()); req.pipe(up); res.on('close', () => up.destroy()); return
  }
  const path = join(dist, req.url!.split('?')[0]!.replace('/studio', ''))
  const file = existsSync(path) && extname(path) ? path : join(dist, 'index.html')
  res.writeHead(200, { 'content-type': types[extname(file)] ?? 'text/plain', 'content-security-policy': csp }); res.end(readFileSync(file))
}).listen(0)
const port = (server.address() as { port: number }).port
const origin = `http://127.0.0.1:${port}`
const { token } = await createClient({ baseUrl: apiUrl }).login('testuser', 'Test123456')
const session = JSON.stringify({ token, expiresAt: Date.now() + 3600e3, user: { id: 'x', username: 'testuser', email: 'testuser@example.com', role: 'USER' } })
const browser = await openBrowser(`/tmp/vlook/profile-${process.pid}`)
mkdirSync('/tmp/vlook/shots', { recursive: true })
const [what = 'all', ...rest] = process.argv.slice(2)
const { page } = await browser.open('about:blank')
page.on('console', (m) => { if (m.type() === 'error' || m.type() === 'warning') console.log('console', m.text().slice(0, 300)) })
page.on('pageerror', (e) => console.log('pageerror', e.message, e.stack?.slice(0, 400)))
const start = Date.now() - 95_000
const ev = (what: string, s: number, more = {}) => ({ at: new Date(start + s * 1000).toISOString(), what, attempt: 1, credential: null, code: null, upstreamCode: null, progress: null, ...more })
if (!process.env.REAL) {
  await page.route('**/timeline', (r) => r.fulfill({ json: { success: true, data: { videoId: ids.a, truncated: false, events: [ev('created', 0), ev('sending', 0.2, { credential: 'default/main' }), ev('in_doubt', 30, { credential: 'default/main', code: 'upstream_errors' }), ev('adopted', 35, { credential: 'default/main' }), ev('progress', 40, { progress: 12 }), ev('progress', 44, { progress: 34 }), ev('progress', 50, { progress: 78 }), ev('overdue', 80), ev('completed', 90), ev('archived', 92)] } } }))
  if (process.env.FAKE_EXPLAIN) await page.route('**/explain', (r) => r.fulfill({ json: { success: true, data: { videoId: ids.a, state: 'PROCESSING', because: 'upstream_works', since: new Date(start).toISOString(), next: { what: 'look', at: new Date(Date.now() + 4200).toISOString() }, paid: [{ attempt: 1, credential: 'default/main', outcome: 'adopted' }], details: {}, text: 'Upstream is making it (42 %). Nothing is wrong; it is looked at again at 00:01:35 UTC.' } } }))
}
export { page, origin, ids, browser, session, apiUrl, token }
await page.goto(`${origin}/studio/`)
await page.evaluate((s) => localStorage.setItem('reelay.session', s), session)
const shot = async (name: string, path: string, width: number, theme: string, lang = 'en', act?: () => Promise<void>) => {
  await page.setViewportSize({ width, height: width < 500 ? 780 : 900 })
  await page.evaluate(([t, l]) => { localStorage.setItem('reelay.theme', t!); localStorage.setItem('reelay.language', l!) }, [theme, lang])
  await page.goto(`${origin}/studio${path}`)
  await page.waitForTimeout(2500)
  await act?.()
  await page.screenshot({ path: `/tmp/vlook/shots/${name}-${width}-${theme}.png`, fullPage: true })
  console.log('shot', name, width, theme)
}
const pages: [string, string][] = [['video', `/videos/${ids.r1}`], ['tall', `/videos/${ids.tall}`], ['big', `/videos/${ids.big}`], ['compare', `/compare/${ids.r1}`]]
if (what === 'one') await shot(rest[0]!, rest[1]!.replace(/\{(\w+)\}/, (_, k) => ids[k]), Number(rest[2]), rest[3]!, rest[4])
else if (what === 'all') for (const [name, path] of pages) for (const width of [360, 800, 1440]) for (const theme of ['light', 'dark']) await shot(name, path, width, theme)
else { const run = (await import(what)).default; await run({ page, origin, ids, apiUrl, token, shot }) }
await browser.close(); server.closeAllConnections(); server.close(); process.exit(0)
