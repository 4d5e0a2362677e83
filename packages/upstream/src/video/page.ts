import type { ExternalTaskId } from '@reelay/contracts/task'
import { at, firstOf, isFields } from '../answer/fields.ts'
import { idOf } from './ids.ts'
import { readVideo, type Video } from './video.ts'

export type VideoPage = { videos: Video[]; lastId: ExternalTaskId | undefined; hasMore: boolean | undefined }

const names = ['data', 'videos', 'items', 'results', 'list', 'records', 'tasks', 'jobs']
const places = ['data', 'result', 'response'].flatMap((outer) => names.map((name) => `${outer}.${name}`))
const moreNames = [
  'has_more',
  'hasMore',
  'data.has_more',
  'data.hasMore',
  'pagination.has_more',
  'meta.has_more',
]

/** Reads a list in whatever envelope. What has no id is left out: nobody could ever adopt it. */
export function readPage(body: unknown): VideoPage | undefined {
  const items = [body, ...[...names, ...places].map((path) => at(body, path))].find(Array.isArray)
  if (!items) return undefined
  const videos = items.flatMap((item) => readVideo(item, { isListed: true }) ?? [])
  const lastId = isFields(body) ? firstOf(body, ['last_id', 'lastId', 'data.last_id'], idOf) : undefined
  return {
    videos,
    lastId: lastId ?? videos.at(-1)?.id,
    hasMore: isFields(body) ? firstOf(body, moreNames, yesOrNo) : undefined,
  }
}

function yesOrNo(value: unknown): boolean | undefined {
  if (value === true || value === 'true' || value === 1) return true
  return value === false || value === 'false' || value === 0 ? false : undefined
}
