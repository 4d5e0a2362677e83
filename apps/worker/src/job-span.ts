import type { AnyPayload, JobPayload, LanePayload, QueueName } from '@reelay/contracts/jobs'
import type { NewSpan } from '@reelay/telemetry/tracing'

/** A submit that begins later has waited, and is run again and again. */
const PROMPT_MS = 60_000

/**
 * The span of one run of a job. A prompt submit is part of the request's trace. All other runs have traces of their own
 * that are linked to it: a task may wait or be polled for a day, and no trace should have ten thousand spans.
 */
export function jobSpan(queue: QueueName, payload: AnyPayload, ageMs: number): NewSpan {
  const isPrompt = queue === 'submit' && ageMs < PROMPT_MS
  const traceparent = 'phase' in payload ? undefined : payload.traceparent
  return {
    name: queue,
    kind: 'consumer',
    attributes: {
      'messaging.system': 'bullmq',
      'messaging.operation.type': 'process',
      'messaging.destination.name': queue,
      ...('phase' in payload ? attributesOfLane(payload) : attributesOfTask(payload)),
    },
    origin: { traceparent, as: isPrompt ? 'parent' : 'link' },
  }
}

function attributesOfLane({ credential, phase }: LanePayload) {
  return { 'reelay.credential': credential, 'reelay.phase': phase }
}

function attributesOfTask({ videoId, attempt, requestId }: JobPayload) {
  return {
    'reelay.video_id': videoId,
    'reelay.attempt': attempt,
    ...(requestId && { 'reelay.request_id': requestId }),
  }
}
