import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, readlinkSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { identify } from '../processes/process-identity.ts'

/** Makes this process the only one that runs a server in the folder; returns what gives the folder back. */
export function claimFolder(folder: string): () => void {
  mkdirSync(folder, { recursive: true })
  const claim = join(folder, 'launcher')
  const holder = read(claim)
  const holderPid = Number.parseInt(holder, 10)
  if (holderPid !== process.pid && holder !== '' && identify(holderPid) === holder) {
    throw new Error(`${folder} is used by process ${holderPid}; stop that first.`)
  }
  writeFileSync(claim, identify(process.pid) ?? '')
  return () => rmSync(claim, { force: true })
}

/** Stops the server that a vanished launcher left in the folder, if the pid file names one that still runs. */
export async function stopOrphan(pidFile: string, folder: string, signal: NodeJS.Signals): Promise<void> {
  const pid = Number.parseInt(read(pidFile), 10)
  const identity = pid > 0 ? identify(pid) : undefined
  if (!identity) return
  // Somebody else's process has this pid by now; Postgres would refuse to start because of it.
  if (!runsIn(pid, folder)) return rmSync(pidFile, { force: true })

  process.kill(pid, signal)
  const deadline = Date.now() + 10_000
  while (identify(pid) === identity) {
    if (Date.now() > deadline) process.kill(pid, 'SIGKILL')
    await sleep(25)
  }
}

// A server's working directory is its data folder. Another user's can only be read by a full root, a command line by all.
function runsIn(pid: number, folder: string): boolean {
  if (process.platform !== 'linux')
    return lsof(pid)
      .split('\n')
      .includes(`n${realpathSync(folder)}`)
  if (read(`/proc/${pid}/cmdline`).split('\0').includes(folder)) return true
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(folder)
  } catch {
    return false
  }
}

function lsof(pid: number): string {
  try {
    return execFileSync('lsof', ['-a', '-d', 'cwd', '-p', String(pid), '-Fn'], { encoding: 'utf8' })
  } catch {
    return ''
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
