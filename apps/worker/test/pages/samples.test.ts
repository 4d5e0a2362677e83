import type { ExternalTaskId } from '@reelay/contracts/task'
import type { Video, VideoStatus } from '@reelay/upstream/video/video'
import { expect, test } from 'vitest'
import { pageOf, type Running } from '../../src/pages/page.ts'
import { check } from '../../src/pages/samples.ts'
import type { Observation } from '../../src/retrieve-video.ts'
import { followed } from './a-list.ts'

const id = 'v1' as ExternalTaskId
const aVideo = (progress?: number, status: VideoStatus = 'in_progress'): Video => ({
  ...{ id, status, rawStatus: status, progress },
})
const says = (progress?: number, status?: VideoStatus): Running => ({
  kind: 'video',
  video: aVideo(progress, status),
})

/** `then` is what the page says when it is read again; undefined is trouble. */
type Then = Video[] | undefined | 'not read'

test.each<[string, Running, Observation, Then, string]>([
  ['is the same', says(20), says(20), 'not read', 'agrees'],
  ['is a little further', says(20), says(25), 'not read', 'agrees'],
  ['is a little behind', says(20), says(15), 'not read', 'agrees'],
  ['is far behind', says(20), says(14), 'not read', 'differs'],
  ['is far ahead, and the list then, too', says(20), says(26), [aVideo(40)], 'agrees'],
  ['is far ahead, and the list then not', says(20), says(26), [aVideo(20)], 'differs'],
  ['is far ahead, and the list says it has ended', says(20), says(26), [aVideo(100, 'completed')], 'agrees'],
  ['is far ahead, and the list no longer has it there', says(20), says(26), [], 'unsure'],
  ['is far ahead, and the list can’t be read', says(20), says(26), undefined, 'unsure'],
  ['has ended, and the list knows', says(20), says(100, 'completed'), [aVideo(100, 'completed')], 'agrees'],
  ['has ended, and the list doesn’t know', says(20), says(100, 'completed'), [aVideo(99)], 'differs'],
  ['has failed, and the list doesn’t know', says(20), says(20, 'failed'), [aVideo(20)], 'differs'],
  ['has ended with nothing in it', says(20), { kind: 'empty' }, [aVideo(20)], 'differs'],
  ['has no progress', says(20), says(), 'not read', 'agrees'],
  ['has a progress that the list has not', says(), says(60), 'not read', 'agrees'],
  ['is missing', says(20), { kind: 'missing' }, 'not read', 'agrees'],
  ['can’t be had', says(20), { kind: 'trouble', reason: 'no' }, 'not read', 'agrees'],
])('a video that %s', async (_, told, observation, then, verdict) => {
  let isRead = false
  const read = async () => {
    isRead = true
    return Array.isArray(then) ? pageOf(undefined, { kind: 'page', videos: then }) : undefined
  }
  const task = followed(id)
  const timing = { slowMs: 60_000, withinMs: 60_000 }
  const checked = await check([{ task, told, after: undefined }], {
    observe: async () => observation,
    pages: { read },
    ...timing,
  })
  expect(checked).toEqual({ said: new Map([[id, observation]]), verdict })
  expect(isRead).toBe(then !== 'not read')
})
