import type { ExternalTaskId } from '@reelay/contracts/task'
import type { ProcessingTask } from '@reelay/db/tasks/lanes'
import type { ListOutcome } from '@reelay/upstream/read-outcome'
import type { Video } from '@reelay/upstream/video/video'
import type { Observation } from '../retrieve-video.ts'

/** The video that a page begins behind; undefined is the first page. */
export type After = ExternalTaskId | undefined

export type Running = Extract<Observation, { kind: 'video' }>

export type Page = {
  after: After
  next: After
  ids: ExternalTaskId[]
  listed: Set<ExternalTaskId>
  running: Map<ExternalTaskId, Running>
  isStale: boolean
}

/** In percent. The progress of a row never goes back: a larger jump is worth a request of its own. */
const MOST_AHEAD = 20

/**
 * What a page says, with nothing but how far its videos are. It is believed only of what is `running`, listed once,
 * and not about to end, and of nothing once it is stale.
 */
export function pageOf(after: After, { videos, next }: Extract<ListOutcome, { kind: 'page' }>): Page {
  const listed = new Set<ExternalTaskId>()
  const running = new Map<ExternalTaskId, Running>()
  for (const video of videos) {
    if (!listed.has(video.id) && isUnderWay(video))
      running.set(video.id, { kind: 'video', video: brief(video) })
    else running.delete(video.id)
    listed.add(video.id)
  }
  return { after, next, ids: [...listed], running, listed, isStale: false }
}

function isUnderWay({ status, progress }: Video): boolean {
  return (status === 'queued' || status === 'in_progress') && progress !== 100
}

function brief({ id, status, rawStatus, progress }: Video): Video {
  return { id, status, rawStatus, progress }
}

/** What a page may be believed to say of a task; undefined where that is to be asked for by itself. */
export function toldBy(page: Page, task: ProcessingTask): Running | 'backwards' | undefined {
  const told = page.running.get(task.externalTaskId)
  if (told === undefined) return undefined
  const { progress } = told.video
  const ahead = (progress ?? 0) - task.progress
  if (ahead < 0) return progress === undefined ? undefined : 'backwards'
  return ahead > MOST_AHEAD ? undefined : told
}
