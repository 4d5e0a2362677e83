import { constants } from 'node:os'
import { whenRunnerIsGone } from '@reelay/local-services/processes/npm'

/**
 * Stops in order at a signal, or when the npm that runs this is gone, and exits. Asked again it exits at once; whatever
 * runs then is ended by its guard.
 */
export function whenAskedToStop(
  stop: () => Promise<void>,
  exitCode = (signal: NodeJS.Signals) => 128 + constants.signals[signal],
): void {
  let isStopping = false
  const stopAt = async (signal: NodeJS.Signals) => {
    isStopping = true
    await stop().finally(() => process.exit(exitCode(signal)))
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (isStopping) process.exit(1)
      void stopAt(signal)
    })
  }
  // A signal to all of them ends npm, too.
  whenRunnerIsGone(() => isStopping || void stopAt('SIGTERM'))
}
