import type { Reason } from '../../errors/reason.ts'
import type { Video } from '../../video/video.ts'

/** What is read of a video, one thing a line. Prompts may be private: only whether there is one is told. */
export function tellVideo({ id, status, rawStatus, ...video }: Video): string[] {
  const links = video.urls ?? []
  const told: [name: string, value: string | number | undefined][] = [
    ['id', id],
    ['status', rawStatus === '' ? `${status} (no word for it)` : `${status} (${rawStatus})`],
    ['progress', video.progress === undefined ? 'not told' : `${video.progress} %`],
    ['made at', video.createdAt === undefined ? 'not told' : dateOf(video.createdAt)],
    ['prompt', video.prompt === undefined ? 'not told' : 'told'],
    ['made from', video.remixedFrom],
    ['model', video.model],
    ['size', video.size],
    ['seconds', video.seconds],
    ...links.map((link): [string, string] => ['clip at', link]),
    ['error', video.error && reasonText(video.error)],
  ]
  return told.flatMap(([name, value]) => (value === undefined ? [] : `  ${name}: ${value}`))
}

export function reasonText({ code, type, message }: Reason): string {
  const name = [code, type].filter(Boolean).join(', ')
  return [name, message].filter(Boolean).join(': ')
}

/** Seconds since 1970 as a date. Servers say much of which no date can be made. */
export function dateOf(seconds: number): string {
  const date = new Date(seconds * 1000)
  return Number.isNaN(date.getTime()) ? 'not a date' : date.toISOString()
}
