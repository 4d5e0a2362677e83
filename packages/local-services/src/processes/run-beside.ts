import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { guardProcess } from './guard.ts'
import { whenRunnerIsGone } from './npm.ts'
import { endProcessesOf, failureFile, RUN_VARIABLE } from './run-processes.ts'

const STOP_WITHIN_MS = 15_000
const FAIL_WITHIN_MS = 30_000

type Options = {
  run: string
  env: NodeJS.ProcessEnv
}

/**
 * Runs a command to its end and returns its exit code. Nothing that it has started outlives it, and it doesn't outlive
 * a signal or a failure for long.
 */
export async function runBeside([file = '', ...args]: string[], { run, env }: Options): Promise<number> {
  let isLate = false
  let limit: NodeJS.Timeout | undefined
  const endWithin = (ms: number, what: string) => {
    limit ??= setTimeout(() => {
      isLate = true
      console.error(
        `It was to end ${what}, and did not within ${ms / 1000} s: everything it started is ended.`,
      )
      void endProcessesOf(run)
    }, ms)
  }
  const stop = (signal: NodeJS.Signals) => {
    endWithin(STOP_WITHIN_MS, `at ${signal}`)
    child.kill(signal)
  }
  // Before the command starts: it may be stopped as soon as it speaks.
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop('SIGTERM'))
  process.on('SIGINT', () => {
    // A terminal has sent it to the command already.
    if (process.stdin.isTTY) endWithin(STOP_WITHIN_MS, 'at SIGINT')
    else stop('SIGINT')
  })
  whenRunnerIsGone(() => stop('SIGTERM'))
  const looking = setInterval(() => {
    if (existsSync(failureFile(run))) endWithin(FAIL_WITHIN_MS, 'after a failure')
  }, 1_000)

  // Not in a process group of its own: a command in the background could not use the terminal.
  const child = spawn(file, args, { stdio: 'inherit', env: { ...env, [RUN_VARIABLE]: run } })
  try {
    guardProcess(child, 'SIGTERM')
    const [code, signal] = await once(child, 'exit')
    const status = code ?? 128 + constants.signals[signal as NodeJS.Signals]
    return isLate ? status || 1 : status
  } finally {
    clearInterval(looking)
    clearTimeout(limit)
    await endProcessesOf(run)
  }
}
