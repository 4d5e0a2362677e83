import type { ExternalTaskId } from '@reelay/contracts/task'
import { createScrubber } from '../src/answer/answer.ts'
import { submitOutcome } from '../src/submit/submit-outcome.ts'
import { KEY } from './upstream.ts'
import { usual } from './usual.ts'

/** What an answer to a remix of video_1 comes to, in a word or two. */
export function told(status: number, body: unknown, headers: Record<string, string> = {}): string {
  const outcome = submitOutcome(
    { status, body, header: (name) => headers[name.toLowerCase()] },
    { scrub: createScrubber(KEY), reading: usual, source: 'video_1' as ExternalTaskId },
  )
  if (outcome.kind === 'refused') return outcome.errorCode
  if (outcome.kind === 'not_now') return `${outcome.reason}${outcome.refusal ? ', perhaps refused' : ''}`
  return outcome.kind
}
