import type { Reading } from '../../dialect/reading.ts'
import type { ListOutcome } from '../../read-outcome.ts'
import { table } from '../table.ts'
import { dateOf } from './tell-video.ts'

const heads = ['id', 'status', 'progress', 'made at', 'prompt', 'made from']

export function tellList(outcome: ListOutcome, { list }: Reading): string[] {
  if (outcome.kind === 'trouble') return [`no list: ${outcome.reason}`]
  const { videos, next } = outcome
  const rows = videos.map(({ id, status, progress, createdAt, prompt, remixedFrom }) => [
    ...[id, status, progress === undefined ? '-' : `${progress} %`],
    createdAt === undefined ? '-' : dateOf(createdAt),
    ...[prompt === undefined ? '-' : 'told', remixedFrom ?? '-'],
  ])
  return [
    videos.length === 1 ? '1 video' : `${videos.length} videos`,
    ...(rows.length > 0 ? [table(heads, rows)] : []),
    next === undefined ? 'This is the last page.' : `The next page is asked for after ${next}.`,
    ...(list ? [] : ['The dialect has no list (list: null): Reelay never asks for it.']),
  ]
}
