import { once } from 'node:events'
import { readdirSync, readlinkSync } from 'node:fs'
import { connect } from 'node:net'
import { Readable, Writable } from 'node:stream'
import { StoreError } from '@reelay/media/store'
import { pino } from 'pino'
import { afterAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { aContentStand } from '../support/content-stand.ts'
import { sha256Of } from '../support/pictures.ts'
import { anArchivedTask, aPendingTask } from '../support/stored-clip.ts'
import type { Headers } from '../support/test-app.ts'

const lines: { level: number; msg: string }[] = []
const sink = new Writable({
  write(line, _, done) {
    lines.push(JSON.parse(String(line)))
    done()
  },
})
const stand = await aContentStand({}, () => ({}), pino(sink))
const { api, user, asAdmin, linkOf, fetchLink } = stand
afterAll(() => Promise.all([api.stop(), stand.upstream.close()]))
beforeEach(() => asAdmin('DELETE', '/faults'))

/** Unlike upstream's, so that it shows where bytes are from. */
const kept = Buffer.alloc(300_001, 'kept by ourselves ')
const etag = `"${sha256Of(kept)}"`
const task = await anArchivedTask(api, user, kept)
const link = await linkOf(task.videoId)
const since = task.archivedAt?.toUTCString() ?? ''

test('a stored clip plays whole, and upstream is not asked', async () => {
  const played = await fetchLink(link)
  expect(played.status).toBe(200)
  expect(Object.fromEntries(played.headers)).toMatchObject({
    'content-type': 'video/mp4',
    'content-length': String(kept.length),
    'accept-ranges': 'bytes',
    etag,
    'last-modified': since,
    'cache-control': 'private, max-age=600',
    'content-disposition': `inline; filename="${task.videoId}.mp4"`,
    'content-security-policy': "default-src 'none'; sandbox",
    'cross-origin-resource-policy': 'cross-origin',
    'x-content-type-options': 'nosniff',
  })
  expect(Buffer.from(await played.arrayBuffer())).toEqual(kept)
})

test('HEAD tells of it without its bytes', async () => {
  const head = await fetchLink(link, {}, { method: 'HEAD' })
  expect(head.status).toBe(200)
  expect(head.headers.get('content-length')).toBe(String(kept.length))
  expect(head.headers.get('etag')).toBe(etag)
  const part = await fetchLink(link, { range: 'bytes=0-9' }, { method: 'HEAD' })
  expect(part.status).toBe(206)
  expect(part.headers.get('content-length')).toBe('10')
  expect(await part.text()).toBe('')
})

test('it can be saved under a name', async () => {
  const saved = await fetchLink(`${link}?download=1`)
  expect(saved.headers.get('content-disposition')).toBe(`attachment; filename="${task.videoId}.mp4"`)
  expect(Buffer.from(await saved.arrayBuffer())).toEqual(kept)
})

describe('a range', () => {
  test.each<[string, number, number]>([
    ['bytes=0-0', 0, 1],
    ['bytes=100-199', 100, 200],
    ['bytes=299990-', 299_990, kept.length],
    ['bytes=0-', 0, kept.length],
    ['bytes=-10', kept.length - 10, kept.length],
    ['bytes=-999999999', 0, kept.length],
    ['bytes=300000-999999999', 300_000, kept.length],
  ])('as %s is sent', async (range, from, to) => {
    const played = await fetchLink(link, { range })
    expect(played.status).toBe(206)
    expect(played.headers.get('content-range')).toBe(`bytes ${from}-${to - 1}/${kept.length}`)
    expect(played.headers.get('content-length')).toBe(String(to - from))
    expect(Buffer.from(await played.arrayBuffer())).toEqual(kept.subarray(from, to))
  })

  test.each(['bytes=0-1,5-6', 'bytes=5-2', 'seconds=1-2', 'bytes=abc'])(
    'as %s is the whole',
    async (range) => {
      await expectWhole({ range })
    },
  )

  test.each(['bytes=300001-', 'bytes=-0', 'bytes=999999999-'])('as %s is beyond it', async (range) => {
    for (const method of ['GET', 'HEAD']) {
      const refused = await fetchLink(link, { range }, { method })
      expect(refused.status).toBe(416)
      expect(refused.headers.get('content-range')).toBe(`bytes */${kept.length}`)
    }
  })

  test.each<[string, string, number]>([
    ['its tag', etag, 206],
    ['another tag', '"another"', 200],
    ['a weak tag', `W/${etag}`, 200],
    ['its date', since, 206],
    ['another date', 'Tue, 24 Nov 2026 21:00:00 GMT', 200],
  ])('counts by %s', async (_, ifRange, status) => {
    const played = await fetchLink(link, { range: 'bytes=0-9', 'if-range': ifRange })
    expect(played.status).toBe(status)
    expect((await played.arrayBuffer()).byteLength).toBe(status === 206 ? 10 : kept.length)
  })

  test('beyond it counts for nothing where it has changed', async () => {
    await expectWhole({ range: 'bytes=999999999-', 'if-range': '"another"' })
  })
})

test.each<[string, Headers, number]>([
  ['If-None-Match of its tag', { 'if-none-match': etag }, 304],
  ['If-None-Match of any', { 'if-none-match': '*' }, 304],
  ['If-None-Match of another', { 'if-none-match': '"another"' }, 200],
  ['If-Modified-Since its date', { 'if-modified-since': since }, 304],
  ['If-Modified-Since an earlier date', { 'if-modified-since': 'Tue, 24 Nov 2020 21:00:00 GMT' }, 200],
  ['If-Match of its tag', { 'if-match': etag }, 200],
  ['If-Match of another', { 'if-match': '"another"' }, 412],
  ['If-Unmodified-Since an earlier date', { 'if-unmodified-since': 'Tue, 24 Nov 2020 21:00:00 GMT' }, 412],
])('%s is heard', async (_, headers, status) => {
  const played = await fetchLink(link, headers)
  expect(played.status).toBe(status)
  if (status === 304) expect(await played.text()).toBe('')
})

test('a clip that only upstream has, and then nobody, is gone', async () => {
  const pending = await aPendingTask(api, user, await anUpstreamVideo())
  const played = await fetchLink(await linkOf(pending.videoId))
  expect((await played.arrayBuffer()).byteLength).toBe(stand.whole.length)
  const lost = await aPendingTask(api, user, 'video_never_made')
  expect((await fetchLink(await linkOf(lost.videoId))).status).toBe(410)
})

test('an upstream that is no longer configured stops only clips that it alone has', async () => {
  const [stored, pending] = [await anArchivedTask(api, user, kept), await aPendingTask(api, user)]
  await api.db.execute(
    `update video_tasks set credential = 'gone/a' where video_id in ('${stored.videoId}', '${pending.videoId}')`,
  )
  await expectPlays(stored.videoId, kept)
  expect((await fetchLink(await linkOf(pending.videoId))).status).toBe(410)
})

describe('where the store doesn’t have it as it was', () => {
  const harms: [string, (key: string) => Promise<unknown>][] = [
    ['missing', (key) => api.store.remove(key)],
    ['shorter', (key) => api.store.put(key, Readable.from([kept.subarray(0, 1000)]))],
    ['longer', (key) => api.store.put(key, Readable.from([kept, kept]))],
  ]
  test.each(harms)('but %s, it plays from upstream, and an operator is told', async (_, harm) => {
    const { videoId, clip } = await anArchivedTask(api, user, kept, await anUpstreamVideo())
    await harm(clip?.key ?? '')
    lines.length = 0
    await expectPlays(videoId, stand.whole)
    expect(lines).toContainEqual(expect.objectContaining({ level: 50, msg: 'stored clip not as it was' }))
  })

  test('and upstream neither, it is said to be out of reach for now', async () => {
    const { videoId, clip } = await anArchivedTask(api, user, kept)
    await api.store.remove(clip?.key ?? '')
    await expectAway(videoId)
  })
})

describe('while the store is away', () => {
  const away = () => Promise.reject(new StoreError('no route to the store'))
  const { size, open } = api.store
  function goAway(parts: { size?: typeof size; open?: typeof open }) {
    Object.assign(api.store, parts)
    onTestFinished(() => void Object.assign(api.store, { size, open }))
  }

  test('a clip plays from upstream', async () => {
    const { videoId } = await anArchivedTask(api, user, kept, await anUpstreamVideo())
    goAway({ size: away, open: away })
    await expectPlays(videoId, stand.whole)
  })

  test('a clip that upstream has no more is out of reach for now, and not gone', async () => {
    goAway({ size: away, open: away })
    await expectAway(task.videoId)
  })

  test('a clip is out of reach when the store goes between two questions', async () => {
    goAway({ open: away })
    await expectAway(task.videoId)
  })
})

describe('a clip that its owner removes', () => {
  const remove = (videoId: string, who = user) =>
    api.app.inject({
      method: 'DELETE',
      url: `/api/video/tasks/${videoId}/clip`,
      headers: { authorization: `Bearer ${who.token}` },
    })

  test('goes from the store, once, and plays from upstream', async () => {
    const { videoId, version, clip } = await anArchivedTask(api, user, kept, await anUpstreamVideo())
    const removed = await remove(videoId)
    expect(removed.statusCode).toBe(200)
    expect(removed.json().data).toMatchObject({ videoId, clip: null, version: version + 1 })
    expect(await api.store.size(clip?.key ?? '')).toBeUndefined()
    expect(await api.row(videoId)).toMatchObject({ status: 'COMPLETED', archive: 'removed', clip: null })
    await expectPlays(videoId, stand.whole)

    const again = await remove(videoId)
    expect(again.statusCode).toBe(200)
    expect(again.json().data.version).toBe(version + 1)
  })

  test('while it is being stored is not stored after all', async () => {
    const { videoId } = await aPendingTask(api, user)
    expect((await remove(videoId)).statusCode).toBe(200)
    const clip = { key: `clips/${videoId}/a`, bytes: 1, sha256: 'a', type: 'video/mp4' }
    expect(await api.moves.noteClip(videoId, clip)).toBeUndefined()
  })

  test('that is another’s is none to him', async () => {
    const stranger = await api.aUser()
    const answer = await remove(task.videoId, stranger)
    expect(answer.statusCode).toBe(404)
    expect(answer.json().code).toBe('task_not_found')
    await expectWhole()
  })

  test('is there only when the task is completed', async () => {
    const { videoId } = await api.aTask(user, { status: 'PROCESSING' })
    const answer = await remove(videoId)
    expect(answer.statusCode).toBe(422)
    expect(answer.json().code).toBe('not_completed')
  })

  test('goes with the next sweep where the store is away', async () => {
    const { videoId, clip } = await anArchivedTask(api, user, kept)
    const { list } = api.store
    api.store.list = () =>
      new Readable({
        read() {
          this.destroy(new StoreError('no route to the store'))
        },
      })
    const removed = await remove(videoId)
    api.store.list = list
    expect(removed.statusCode).toBe(200)
    expect(await api.row(videoId)).toMatchObject({ archive: 'removed', clip: null })
    expect(await api.store.size(clip?.key ?? '')).toBe(kept.length)
  })
})

test('a reader that leaves half-way leaves nothing open', async () => {
  const large = Buffer.alloc(30_000_000, 'kept by ourselves ')
  const { videoId } = await anArchivedTask(api, user, large)
  const url = new URL(await linkOf(videoId), stand.origin)
  const socket = connect(Number(url.port), url.hostname)
  socket.on('error', () => {})
  socket.write(`GET ${url.pathname} HTTP/1.1\r\nHost: a\r\n\r\n`)
  await once(socket, 'data')
  socket.pause()
  expect(openClips()).toBe(1)
  socket.destroy()
  await expect.poll(openClips).toBe(0)
})

test('a task shows its clip, and that it is on its way', async () => {
  const pending = await aPendingTask(api, user)
  const show = async (videoId: string) => (await user.get(`/api/video/tasks/${videoId}`)).json().data
  expect(await show(pending.videoId)).toMatchObject({ archiving: true, archivedAt: null, clip: null })
  const shown = await show(task.videoId)
  expect(shown).toMatchObject({
    archivedAt: task.archivedAt?.toISOString(),
    archiveError: null,
    clip: { bytes: kept.length, sha256: sha256Of(kept), type: 'video/mp4' },
  })
  expect(JSON.stringify(shown)).not.toContain('clips/')
  expect('archiving' in shown).toBe(false)
})

/** A new one for each task: upstream’s id is one task’s only. */
async function anUpstreamVideo(): Promise<string> {
  return ((await asAdmin('POST', '/videos', { prompt: 'a cat' })) as { id: string }).id
}

async function expectWhole(headers: Headers = {}) {
  const played = await fetchLink(link, headers)
  expect(played.status).toBe(200)
  expect(played.headers.get('content-range')).toBeNull()
  expect(Buffer.from(await played.arrayBuffer())).toEqual(kept)
}

async function expectPlays(videoId: string, bytes: Buffer) {
  const played = await fetchLink(await linkOf(videoId))
  expect(played.status).toBe(200)
  expect((await played.arrayBuffer()).byteLength).toBe(bytes.length)
}

async function expectAway(videoId: string) {
  const answer = await fetchLink(await linkOf(videoId))
  expect(answer.status).toBe(503)
  expect(answer.headers.get('retry-after')).toBe('2')
  expect(await answer.json()).toMatchObject({ code: 'store_unavailable' })
}

/** Descriptors of this process that lead into the store. */
function openClips(): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).includes('/clips/video_')
    } catch {
      return false
    }
  }).length
}
