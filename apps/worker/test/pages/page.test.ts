import type { ExternalTaskId } from '@reelay/contracts/task'
import type { Video } from '@reelay/upstream/video/video'
import { expect, test } from 'vitest'
import { pageOf, toldBy } from '../../src/pages/page.ts'
import { followed } from './a-list.ts'

const id = 'v1' as ExternalTaskId
const aVideo = (of: Partial<Video> = {}): Video => ({
  id,
  status: 'in_progress',
  rawStatus: 'running',
  progress: 20,
  prompt: 'a kite',
  ...of,
})
const other = aVideo({ id: 'v2' as ExternalTaskId })

test.each<[string, Video[], { progress: number }, 'told' | 'backwards' | undefined]>([
  ['one in progress', [aVideo(), other], { progress: 10 }, 'told'],
  ['one that is queued', [aVideo({ status: 'queued', progress: undefined })], { progress: 0 }, 'told'],
  ['one that stands still', [aVideo()], { progress: 20 }, 'told'],
  ['one that is twenty ahead of its row', [aVideo()], { progress: 0 }, 'told'],
  ['one that is further ahead', [aVideo({ progress: 21 })], { progress: 0 }, undefined],
  ['one that is behind its row', [aVideo()], { progress: 21 }, 'backwards'],
  [
    'one without a progress, where the row has some',
    [aVideo({ progress: undefined })],
    { progress: 1 },
    undefined,
  ],
  ['one that is all done', [aVideo({ progress: 100 })], { progress: 20 }, undefined],
  ['one that has completed', [aVideo({ status: 'completed' })], { progress: 20 }, undefined],
  ['one that has failed', [aVideo({ status: 'failed' })], { progress: 20 }, undefined],
  ['one that was cancelled', [aVideo({ status: 'cancelled' })], { progress: 20 }, undefined],
  ['one with an odd word', [aVideo({ status: 'unrecognised' })], { progress: 20 }, undefined],
  ['one that is listed twice', [aVideo(), aVideo()], { progress: 10 }, undefined],
  ['one that is listed thrice', [aVideo(), aVideo(), aVideo()], { progress: 10 }, undefined],
  ['one by another name', [aVideo({ id: 'v3' as ExternalTaskId, names: [id] })], { progress: 10 }, undefined],
  ['none', [other], { progress: 10 }, undefined],
])('of %s', (_, videos, row, told) => {
  const page = pageOf(undefined, { kind: 'page', videos })
  const said = toldBy(page, followed(id, row))
  expect(typeof said === 'object' ? 'told' : said).toBe(told)
})

test('of a video no more is kept than how far it is', () => {
  const page = pageOf(undefined, {
    kind: 'page',
    videos: [aVideo({ model: 'm', size: '1x1', seconds: '4' })],
  })
  expect(page.running.get(id)).toEqual({
    kind: 'video',
    video: {
      id,
      status: 'in_progress',
      rawStatus: 'running',
      progress: 20,
    },
  })
})
