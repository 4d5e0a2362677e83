import type { ChildProcess } from 'node:child_process'
import { subscribe } from 'node:diagnostics_channel'
import { existsSync, writeFileSync } from 'node:fs'
import type { Plugin } from 'vitest/config'
import type { Vitest } from 'vitest/node'
import { failureFile, RUN_VARIABLE } from '../processes/run-processes.ts'

const OTHERS_END_WITHIN_MS = 10_000
const CLOSED_WITHIN_MS = 15_000
const EVERY_MS = 250

/**
 * Vitest's plugin: a run that failed ends soon, whatever still hangs in it. Vitest's own `bail` waits for the tests that
 * run and for every process that holds their output, and does nothing about a worker that died.
 */
export const endAfterFailure: Plugin = {
  name: 'end-after-failure',
  configureVitest({ vitest }) {
    if (watched.has(vitest) || vitest.config.watch) return
    watched.add(vitest)
    subscribe('child_process', (message) => watchWorker((message as { process: ChildProcess }).process))
    setInterval(() => look(vitest), EVERY_MS).unref()
  },
}

const watched = new WeakSet<Vitest>()
let failedAt: number | undefined
let stops = 0
let hasLostWorker = false

function watchWorker(child: ChildProcess): void {
  child.once('exit', () => {
    const isWorker = child.spawnargs.some((arg) => arg.endsWith('forks.js'))
    if (isWorker && !child.killed) hasLostWorker = true
  })
}

function look(vitest: Vitest): void {
  if (!hasFailed(vitest)) return
  if (failedAt === undefined) noteFailure()
  const sinceMs = performance.now() - (failedAt ?? 0)
  if (stops === 0 || (stops === 1 && sinceMs > OTHERS_END_WITHIN_MS)) stop(vitest)
  if (sinceMs > OTHERS_END_WITHIN_MS + CLOSED_WITHIN_MS) giveUp(vitest)
}

function hasFailed({ state }: Vitest): boolean {
  return hasLostWorker || state.getCountOfFailedTests() > 0 || state.getUnhandledErrors().length > 0
}

function noteFailure(): void {
  failedAt = performance.now()
  const run = process.env[RUN_VARIABLE]
  if (run && existsSync(run)) writeFileSync(failureFile(run), '')
}

/** Asked again, Vitest doesn't wait for its workers any more. */
function stop(vitest: Vitest): void {
  stops += 1
  vitest.cancelCurrentRun('test-failure').catch(() => undefined)
}

function giveUp({ state }: Vitest): void {
  const failed = [...state.idMap.values()].flatMap(({ name, result }) =>
    (result?.errors ?? []).map(({ stack }) => `${name}: ${stack}`),
  )
  console.error([...failed, ...state.getUnhandledErrors()].join('\n'))
  if (hasLostWorker) console.error('A process that ran tests has died.')
  console.error('The tests failed, and something kept their run from ending.')
  process.exit(1)
}
