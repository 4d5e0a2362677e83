import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { createClient, type ReelayClient } from '@reelay/client/client'
import { openBrowser } from '@reelay/local-services/testing/browser'
import { sql } from 'drizzle-orm'
import { layoutTree } from '../../studio/src/video/lineage/layout-tree.ts'
import { anAccount } from './accounts.ts'
import type { Figure } from './figure.ts'
import { type Loaded, load, pan, type Visitor } from './page-load.ts'
import { median, middleRound } from './statistics.ts'
import type { World, WorldBench } from './world.ts'

const ROUNDS = 5
const VIDEOS = 60
const REMIXES = 999
const ROOT = 'video_1767225600000_r000000'
const SCRIPT_KIB = 60
const SHIFT = 0.1
const LAYOUT_MS = 50

/** What a person waits for in the studio, beside a page of one line, and how smoothly a tree of a thousand moves. */
export const studio: WorldBench = async (world) => {
  const built = spawnSync(process.execPath, [join(import.meta.dirname, '../../studio/build/main.ts')])
  if (built.status !== 0) throw new Error(`the studio could not be built: ${built.stderr}`)
  const api = await world.processes.api()
  const { userId, session, token } = await aVisitor(api.origin)
  await insertVideos(world, userId)
  const browser = await openBrowser(join(world.mediaDir, '../browser'))
  const bare = createServer((_, response) =>
    response.setHeader('content-type', 'text/html').end('<h1>Hello</h1>'),
  )
  await once(bare.listen(0, '127.0.0.1'), 'listening')
  const { port } = bare.address() as { port: number }
  try {
    const pages = {
      bare: `http://127.0.0.1:${port}/`,
      form: `${api.origin}/studio/`,
      gallery: `${api.origin}/studio/`,
    }
    const rounds: Record<keyof typeof pages, Loaded>[] = []
    for (let i = 0; i < ROUNDS; i += 1) {
      rounds.push({
        bare: await load(browser, { url: pages.bare }),
        form: await load(browser, { url: pages.form }),
        gallery: await load(browser, { url: pages.gallery, session, until: 'main li' }),
      })
    }
    const layoutMs = await timeLayout(createClient({ baseUrl: api.origin, token }))
    const tree = await pan(browser, { url: `${api.origin}/studio/videos/${ROOT}`, session })
    return [
      ...figuresOf('sign-in', 'form', rounds),
      ...figuresOf('gallery', 'gallery', rounds),
      { name: 'tree of 1 000: laid out', ours: layoutMs, unit: 'ms', target: LAYOUT_MS, isMoreBetter: false },
      ...treeFigures(tree),
    ]
  } finally {
    await browser.close()
    bare.close()
  }
}

async function aVisitor(origin: string): Promise<{ userId: string; session: Visitor; token: string }> {
  const username = 'visitor'
  const { userId, token } = await anAccount(origin, username)
  const user = { id: userId, username, email: `${username}@example.org`, role: 'USER' }
  return { userId, token, session: JSON.stringify({ token, user, expiresAt: Date.now() + 3_600_000 }) }
}

/** Finished videos, and one with a thousand remixes of remixes, each the source of three more. */
async function insertVideos({ db }: World, userId: string): Promise<void> {
  const columns = sql`(video_id, user_id, request_hash, status, progress, prompt, model, size, seconds, metadata,
    created_at, accepted_at, completed_at)`
  const name = sql`'video_1767225600000_r' || lpad(i::text, 6, '0')`
  const parent = sql`'video_1767225600000_r' || lpad(((i - 1) / 3)::text, 6, '0')`
  await db.execute(sql`
    insert into video_tasks ${columns}
    select ${name}, ${userId}, '', 'COMPLETED', 100, 'a kite over the harbour', 'sora-2', '1280x720', '8',
      case when i = 0 then '{}'::jsonb else jsonb_build_object('type', 'remix', 'remix_from', ${parent}) end,
      now() - interval '1 day', now() - interval '1 day', now() - interval '1 day'
    from generate_series(0, ${REMIXES}::int) i`)
  await db.execute(sql`
    insert into video_tasks ${columns}
    select 'video_1767312000000_v' || lpad(i::text, 6, '0'), ${userId}, '', 'COMPLETED', 100,
      'a street in the rain', 'sora-2', '1280x720', '8', '{}'::jsonb, now(), now(), now()
    from generate_series(1, ${VIDEOS}::int) i`)
}

/** In Node, which computes as the browser does. */
async function timeLayout(client: ReelayClient): Promise<number> {
  const lineage = await client.lineage(ROOT)
  const times = Array.from({ length: ROUNDS }, () => {
    const startedAt = performance.now()
    layoutTree(lineage)
    return performance.now() - startedAt
  })
  return Math.max(...times)
}

function figuresOf<Page extends 'form' | 'gallery'>(
  label: string,
  page: Page,
  rounds: Record<Page | 'bare', Loaded>[],
): Figure[] {
  const of = (key: keyof Loaded) => median(rounds.map((round) => round[page][key]))
  const paint = middleRound(rounds.map((round) => ({ ours: round[page].paintMs, bare: round.bare.paintMs })))
  return [
    { name: `${label}: first contentful paint`, ...paint, unit: 'ms' },
    { name: `${label}: layout shift`, ours: of('shift'), unit: '', target: SHIFT, isMoreBetter: false },
    { name: `${label}: main thread busy`, ours: of('busyMs'), unit: 'ms' },
    { name: `${label}: main thread blocked, over 50 ms each`, ours: of('blockedMs'), unit: 'ms' },
    {
      name: `${label}: script, compressed`,
      ours: of('scriptKiB'),
      unit: 'KiB',
      target: SCRIPT_KIB,
      isMoreBetter: false,
    },
  ]
}

function treeFigures({ frames, blockedMs, shown }: Awaited<ReturnType<typeof pan>>): Figure[] {
  return [
    { name: 'tree of 1 000: frames while panned, p50', ours: median(frames), unit: 'ms' },
    { name: 'tree of 1 000: the longest such frame', ours: Math.max(...frames), unit: 'ms' },
    { name: 'tree of 1 000: main thread blocked', ours: blockedMs, unit: 'ms' },
    { name: 'tree of 1 000: nodes drawn at once', ours: shown, unit: 'nodes' },
  ]
}
