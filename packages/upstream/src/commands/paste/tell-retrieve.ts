import type { Dialect } from '../../dialect/dialect.ts'
import { lastingCodeOf } from '../../errors/lasting.ts'
import type { RetrieveOutcome } from '../../read-outcome.ts'
import type { Video } from '../../video/video.ts'
import { tellVideo } from './tell-video.ts'

export function tellRetrieve(outcome: RetrieveOutcome, dialect: Dialect): string[] {
  switch (outcome.kind) {
    case 'video':
      return ['a video', ...tellVideo(outcome.video), madeOf(outcome.video, outcome.pollAfterMs)]
    case 'missing': {
      const { count, spanMs } = dialect.missing
      return [
        'missing: upstream knows no such video',
        `After ${count} such answers in a row over ${spanMs / 1000} s the task is FAILED: upstream_lost.`,
      ]
    }
    case 'trouble':
      return [
        `no verdict: ${outcome.reason}`,
        outcome.limited
          ? 'The task goes on, and all polls with this credential become slower for a while.'
          : 'The task goes on, and is polled again later and later until its deadline.',
      ]
  }
}

function madeOf({ status, rawStatus, error, urls }: Video, pollAfterMs: number | undefined): string {
  const again =
    pollAfterMs === undefined ? 'polled again' : `polled again in ${pollAfterMs / 1000} s, as asked`
  switch (status) {
    case 'completed':
      return `The task is COMPLETED as soon as the clip can be read ${urls ? 'there' : 'from upstream’s own route'}.`
    case 'failed': {
      const code = lastingCodeOf(error ?? {})
      return code === undefined
        ? 'The reason may pass: the video is made once more (AUTO_RETRIES), else the task is FAILED: upstream_failed.'
        : `The reason lasts: the task is FAILED: ${code}.`
    }
    case 'cancelled':
      return `The task is FAILED: ${lastingCodeOf(error ?? {}) ?? 'upstream_failed'}.`
    case 'unrecognised':
      return `The word ${JSON.stringify(rawStatus)} isn’t known and ends nothing: the task is ${again}. A dialect’s status.words can say what it means.`
    case 'queued':
    case 'in_progress':
      return `The task is PROCESSING, and ${again}.`
  }
}
