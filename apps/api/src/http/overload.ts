import { monitorEventLoopDelay } from 'node:perf_hooks'

const SAMPLE_MS = 500
const RESOLUTION_MS = 10

/**
 * Tells whether the event loop's mean delay was above `limitMs` in the last half second. Measured while requests come:
 * an idle process is not woken for it, and the delay of its own start turns nobody away.
 */
export function createOverload(limitMs: number) {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  let isOverloaded = false
  let sampling: NodeJS.Timeout | undefined
  let cameIn = false

  return {
    check(): boolean {
      cameIn = true
      if (!sampling) {
        delay.reset()
        delay.enable()
        sampling = setInterval(sample, SAMPLE_MS).unref()
      }
      return isOverloaded
    },

    close,
  }

  function sample(): void {
    // None at all in half a second: it was blocked for all of it.
    isOverloaded = delay.count === 0 || delay.mean / 1e6 - RESOLUTION_MS > limitMs
    delay.reset()
    if (!cameIn && !isOverloaded) close()
    cameIn = false
  }

  function close(): void {
    clearInterval(sampling)
    sampling = undefined
    isOverloaded = false
    delay.disable()
  }
}
