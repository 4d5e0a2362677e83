import type { ExternalTaskId } from '@reelay/contracts/task'
import { at } from '../answer/fields.ts'
import { firstAt, stepsOf } from '../answer/places.ts'
import type { Reading } from '../dialect/reading.ts'
import { idOf } from './ids.ts'
import { readVideo, type Video } from './video.ts'

export type VideoPage = {
  videos: Video[]
  /** With those that have no id. */
  size: number
  lastId: ExternalTaskId | undefined
  hasMore: boolean | undefined
}

const names = ['data', 'videos', 'items', 'results', 'list', 'records', 'tasks', 'jobs']
const places = ['data', 'result', 'response'].flatMap((outer) => names.map((name) => `${outer}.${name}`))
const morePlaces = [
  'has_more',
  'hasMore',
  'data.has_more',
  'data.hasMore',
  'pagination.has_more',
  'meta.has_more',
].map(stepsOf)
const lastPlaces = ['last_id', 'lastId', 'data.last_id'].map(stepsOf)

/** Reads a list in whatever envelope. What has no id is left out: nobody could ever adopt it. */
export function readPage(body: unknown, reading: Reading): VideoPage | undefined {
  const items = [body, ...[...names, ...places].map((path) => at(body, path))].find(Array.isArray)
  if (!items) return undefined
  const videos = items.flatMap((item) => readVideo(item, { reading, isListed: true }) ?? [])
  return {
    videos,
    size: items.length,
    lastId: firstAt(body, lastPlaces, idOf) ?? videos.at(-1)?.id,
    hasMore: firstAt(body, morePlaces, yesOrNo),
  }
}

function yesOrNo(value: unknown): boolean | undefined {
  if (value === true || value === 'true' || value === 1) return true
  return value === false || value === 'false' || value === 0 ? false : undefined
}
