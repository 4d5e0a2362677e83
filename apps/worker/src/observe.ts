import { credentialOf } from '@reelay/contracts/credential'
import type { ProcessingTask } from '@reelay/db/tasks/lanes'
import type { NewSpan, Tracing } from '@reelay/telemetry/tracing'
import type { Upstreams } from '@reelay/upstream/upstreams'
import type { Logger } from 'pino'
import type { PollThrottle } from './poll-throttle.ts'
import { type Observation, retrieveVideo } from './retrieve-video.ts'

/** How the video of a task goes, from whomever that is known. */
export type Observe = (task: ProcessingTask) => Observation | Promise<Observation>

export type ObserveDeps = {
  upstreams: Pick<Upstreams, 'clientOf'>
  throttle: Pick<PollThrottle, 'noteAnswer'>
  /** Aborted when this process is to end. */
  stopping: AbortSignal
  tracing: Tracing
  log: Logger
}

/** Asks upstream how the video of a task goes. */
export function createObserve({ upstreams, throttle, stopping, tracing, log }: ObserveDeps) {
  return (task: ProcessingTask): Promise<Observation> => tracing.run(spanOf(task), () => observe(task))

  async function observe(task: ProcessingTask): Promise<Observation> {
    const { videoId, externalTaskId: externalId } = task
    const credential = credentialOf(task)
    const observation = await retrieveVideo({ externalId, credential }, upstreams)
    const isLimited = observation.kind === 'trouble' && observation.limited === true
    await throttle.noteAnswer(credential, { videoId, isLimited })
    if (observation.kind === 'trouble' && !stopping.aborted)
      log.warn({ videoId, reason: observation.reason }, 'upstream unavailable')
    return observation
  }
}

function spanOf({ videoId, attempt }: ProcessingTask): NewSpan {
  return {
    name: 'observe',
    kind: 'consumer',
    attributes: { 'reelay.video_id': videoId, 'reelay.attempt': attempt },
  }
}
