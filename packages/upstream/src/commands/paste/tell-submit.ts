import type { Dialect } from '../../dialect/dialect.ts'
import type { NotNow, RefusalReason, SubmitOutcome } from '../../submit/submit-outcome.ts'
import { tellVideo } from './tell-video.ts'

const reasons: Record<NotNow['reason'], string> = {
  rate_limited: 'upstream takes no more for now',
  key_rejected: 'the key is rejected',
  balance_empty: 'the balance is empty',
  misconfigured: 'what is there is not the API that is meant: see baseUrl',
  unclear: 'it isn’t said whether the key or the request is to blame',
}

export function tellSubmit(outcome: SubmitOutcome, { list }: Dialect): string[] {
  switch (outcome.kind) {
    case 'created':
      return [
        `created with id ${outcome.video.id}`,
        ...tellVideo(outcome.video),
        'The task is PROCESSING, and polled.',
      ]
    case 'refused':
      return [
        `refused as ${refusalText(outcome)}`,
        `Nothing was made. The task is FAILED: ${outcome.errorCode}.`,
      ]
    case 'not_now':
      return [`not now: ${reasons[outcome.reason]}`, ...detailsOf(outcome), waits(outcome)]
    case 'not_sent':
      return [`not sent: ${outcome.reason}`]
    case 'in_doubt':
      return [
        `in doubt: ${outcome.reason}`,
        'A video may have been made and paid for, so nothing is sent again.',
        list
          ? 'The worker looks for the video in upstream’s list.'
          : 'There is no list to look for it in: the task is FAILED: submission_unknown.',
      ]
  }
}

function detailsOf({ hint, refusal, refusalAfterAll }: NotNow): string[] {
  const later = refusal ?? refusalAfterAll
  return [
    ...(hint === undefined ? [] : [`  answered with ${hint}`]),
    ...(later ? [`  if it proves to be about this request: refused as ${refusalText(later)}`] : []),
  ]
}

function waits({ retryAfterMs }: NotNow): string {
  const time = retryAfterMs === undefined ? 'for a while' : `for ${retryAfterMs / 1000} s, as asked`
  return `Nothing was made. The task stays QUEUED, and this credential sends nothing ${time}.`
}

function refusalText({ errorCode, upstreamCode, message }: RefusalReason): string {
  return `${errorCode}${upstreamCode === undefined ? '' : ` (${upstreamCode})`}: ${message}`
}
