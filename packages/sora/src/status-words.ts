export type VideoStatus = 'queued' | 'in_progress' | 'completed' | 'failed' | 'cancelled' | 'unrecognised'

const words: Record<Exclude<VideoStatus, 'unrecognised'>, string> = {
  queued: `queued queueing inqueue enqueued pending submitted created accepted starting notstart notstarted preparing
    waiting scheduled throttled unknown`,
  in_progress: 'inprogress processing running generating rendering postprocessing dreaming started',
  completed: 'completed complete succeeded succeed success successful finished finish done generated',
  failed: 'failed failure fail error errored expired aborted timeout timedout rejected',
  cancelled: 'cancelled canceled deleted',
}
const statusByWord = new Map(
  Object.entries(words).flatMap(([status, spellings]) =>
    spellings.split(/\s+/).map((word) => [word, status as VideoStatus]),
  ),
)

/** What upstream's word means, in whatever case and however it is joined; `TASK_STATUS_` before it is no part of it. */
export function statusOf(word: string): VideoStatus {
  const letters = word.toLowerCase().replaceAll(/[\s_.-]+/g, '')
  const bare = letters.replace(/^(task|job|video|generation)?(status|state)/, '')
  return statusByWord.get(letters) ?? statusByWord.get(bare) ?? 'unrecognised'
}
