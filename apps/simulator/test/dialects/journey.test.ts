import { describe, expect, test, vi } from 'vitest'
import { dialectNames } from '../../src/dialects/all.ts'
import { stopClock } from '../simulation.ts'
import { aConversation } from './conversation.ts'
import { type Answer, expected } from './expected.ts'
import { aVideo, create, pathOf } from './making.ts'

const script = { queuedMs: 1000, renderMs: 10_000 }

describe.each(dialectNames)('%s', (dialect) => {
  const seen = expected[dialect]

  test('makes a video and shows it until it is done', async () => {
    const conversation = await aConversation(dialect, { script })
    stopClock()
    const created = await create(conversation, dialect, 'a kite')
    expectAnswer(created, seen.created)
    const id = seen.id(created.body)
    expect(id).toMatch(seen.looks)

    const look = () => conversation.get(pathOf(id))
    expectAnswer(await look(), seen.queued)
    vi.advanceTimersByTime(6000)
    expectAnswer(await look(), seen.running)
    if (seen.early) expectAnswer(await conversation.get(`${pathOf(id)}/content`), seen.early)
    vi.advanceTimersByTime(5000)
    const done = await look()
    expectAnswer(done, seen.done)
    for (const name of seen.never) expect(done.body).not.toHaveProperty(name)

    const clip = await conversation.get(seen.clip(done.body, id))
    expect(clip.status).toBe(200)
    expect(clip.response.headers.get('content-type')).toBe('video/mp4')
    const bytes = Buffer.from(await clip.response.arrayBuffer())
    expect(bytes.toString('latin1', 4, 8)).toBe('ftyp')
  })

  test('tells of a video that failed or was blocked', async () => {
    const conversation = await aConversation(dialect)
    const failed = await aVideo(conversation, dialect, '[fault:fail]')
    expectAnswer(await conversation.get(pathOf(failed)), seen.failed)
    const blocked = await aVideo(conversation, dialect, '[fault:moderation]')
    expectAnswer(await conversation.get(pathOf(blocked)), seen.blocked)
  })

  test('refuses in its own words and makes nothing then', async () => {
    const conversation = await aConversation(dialect)
    expectAnswer(await create(conversation, dialect, '[fault:refuse_moderation]'), seen.refused)
    const limited = await create(conversation, dialect, '[fault:rate_limit=7]')
    expectAnswer(limited, seen.limited)
    expect(limited.response.headers.get('retry-after')).toBe('7')
    expectAnswer(await conversation.get(pathOf('video_0')), seen.unknown)
    if (seen.badKey) expectAnswer(await create(conversation, dialect, 'a kite', 'sk-wrong'), seen.badKey)
    expect(await conversation.bill()).toMatchObject({
      total: 0,
      mistakes: { unknownKey: seen.badKey ? 1 : 0 },
    })
  })

  test('lists its videos, if it has a list', async () => {
    const conversation = await aConversation(dialect)
    const ids = [await aVideo(conversation, dialect, 'first'), await aVideo(conversation, dialect, 'second')]
    const page = await conversation.get('/videos?limit=10&provider=openai')
    if (seen.list) expectAnswer(page, seen.list(ids.toReversed()))
    else expect(page.status).toBe(404)
  })

  test('deletes a finished video, if it can', async () => {
    const conversation = await aConversation(dialect)
    const id = await aVideo(conversation, dialect)
    const deleted = await conversation.call('DELETE', pathOf(id))
    if (!seen.deleted) return expect(deleted.status).toBe(404)
    expectAnswer(deleted, seen.deleted(id))
    expectAnswer(await conversation.get(pathOf(id)), seen.unknown)
  })
})

function expectAnswer({ status, body }: { status: number; body: unknown }, [expectedStatus, shape]: Answer) {
  expect({ status, body }).toMatchObject({ status: expectedStatus, body: shape })
}
