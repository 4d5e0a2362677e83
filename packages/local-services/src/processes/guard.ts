import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { RUN_VARIABLE } from './run-processes.ts'

export type GuardedSpawnOptions = SpawnOptions & { stopSignal?: NodeJS.Signals }

/**
 * Spawns a process that ends when this one does, however this one ends. It leads its own process group, so
 * that Ctrl-C reaches the launcher alone, who stops things in order.
 */
export function guardedSpawn(
  command: string,
  args: readonly string[],
  { stopSignal = 'SIGTERM', ...options }: GuardedSpawnOptions = {},
): ChildProcess {
  openGuard()
  const child = spawn(command, args, { ...options, detached: true })
  guardProcess(child, stopSignal)
  return child
}

export function guardProcess(child: ChildProcess, stopSignal: NodeJS.Signals): void {
  const { pid } = child
  if (pid === undefined) return
  tellGuard(`+${pid} ${stopSignal}`)
  child.once('exit', () => tellGuard(`-${pid}`))
}

export async function stopProcess(
  child: ChildProcess,
  { signal = 'SIGTERM', timeoutMs = 10_000 }: { signal?: NodeJS.Signals; timeoutMs?: number } = {},
): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  child.ref()
  const exited = once(child, 'exit')
  child.kill(signal)
  const tooLong = new AbortController()
  const killed = sleep(timeoutMs, undefined, tooLong).then(
    () => child.kill('SIGKILL'),
    () => undefined,
  )
  await exited
  tooLong.abort()
  await killed
}

export function guardFolder(folder: string): void {
  tellGuard(`f${folder}`)
}

export function guardRun(run: string): void {
  tellGuard(`r${run}`)
}

export function guardPid(): number | undefined {
  return guard?.pid
}

let guard: ChildProcess | undefined

function tellGuard(line: string): void {
  openGuard().write(`${line}\n`)
}

// One per launcher. It learns from the end of its stdin that the launcher is gone, so nobody else may hold that pipe.
function openGuard(): Socket {
  if (guard?.stdin?.writable) return guard.stdin as Socket
  const run = process.env[RUN_VARIABLE]
  const child = spawn(process.execPath, [join(import.meta.dirname, 'guard-process.ts')], {
    detached: true,
    cwd: '/',
    env: run ? { [RUN_VARIABLE]: run } : {},
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  child.unref()
  child.on('error', () => undefined)
  guard = child
  const pipe = child.stdin as Socket
  pipe.unref()
  pipe.on('error', () => undefined)
  return pipe
}
