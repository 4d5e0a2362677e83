import { type AnyStep, type Outcome, snooze } from './outcome.ts'

export type RunningSteps = ReturnType<typeof createRunningSteps>

/**
 * Knows which runs of steps are under way, so that a worker that stops can wait for them. What comes while stopping
 * is left to another worker.
 */
export function createRunningSteps(stopping: AbortSignal) {
  const running = new Set<Promise<Outcome>>()

  return {
    track(step: AnyStep): AnyStep {
      return (work, run) => {
        if (stopping.aborted) return Promise.resolve(snooze(0, run.notes))
        const result = step(work, run)
        const forget = () => running.delete(result)
        running.add(result)
        result.then(forget, forget)
        return result
      }
    },

    ended: () => Promise.allSettled(running),
  }
}
