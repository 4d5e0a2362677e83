import type { Logger } from 'pino'
import { stackWithoutMessage } from './stack.ts'

const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const

/**
 * Ends the process in order when it is told to end. A second signal ends it at once, which is as safe as a crash.
 * To be called first of all: the first process of a container never hears a signal that it doesn't handle.
 */
export function endOnSignals(stop: () => Promise<void> | undefined): void {
  let isStopping = false
  for (const signal of signals) {
    process.on(signal, async () => {
      if (isStopping) process.exit(1)
      isStopping = true
      await stop()
      process.exit(0)
    })
  }
}

/**
 * What nobody caught ends the process, since nobody knows in which state it left things; here in one line of the log.
 * The message of an error may hold a prompt or a password, unless it is the system's own.
 */
export function endOnErrors(log: Logger): void {
  process.on('uncaughtException', (thrown: unknown) => {
    log.fatal(told(thrown), 'ended by an error that nobody caught')
    process.exit(1)
  })
}

function told(thrown: unknown) {
  if (!(thrown instanceof Error)) return { reason: `a ${typeof thrown} was thrown` }
  const { name, message, code, errno } = thrown as NodeJS.ErrnoException
  const isOfSystem = typeof errno === 'number'
  return { reason: isOfSystem ? message : name, code, stack: stackWithoutMessage(thrown) }
}
