import type { JobPayload, QueueName } from '@reelay/contracts/jobs'
import type { NewSpan } from '@reelay/telemetry/tracing'

/** A submit that begins later has waited, and is run again and again. */
const PROMPT_MS = 60_000

/**
 * The span of one run of a job. A prompt submit is part of the request's trace. All other runs have traces of their own
 * that are linked to it: a task may wait or be polled for a day, and no trace should have ten thousand spans.
 */
export function jobSpan(
  queue: QueueName,
  { videoId, attempt, requestId, traceparent }: JobPayload,
  ageMs: number,
): NewSpan {
  const isPrompt = queue === 'submit' && ageMs < PROMPT_MS
  return {
    name: queue,
    kind: 'consumer',
    attributes: {
      'messaging.system': 'bullmq',
      'messaging.operation.type': 'process',
      'messaging.destination.name': queue,
      'reelay.video_id': videoId,
      'reelay.attempt': attempt,
      ...(requestId && { 'reelay.request_id': requestId }),
    },
    origin: { traceparent, as: isPrompt ? 'parent' : 'link' },
  }
}
