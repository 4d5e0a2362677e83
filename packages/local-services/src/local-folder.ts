import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import { guardFolder } from './processes/guard.ts'
import { identify } from './processes/process-identity.ts'

/** Everything that development leaves on disk; ignored by git and safe to delete. */
export const localFolder = join(import.meta.dirname, '../../../.local')

const sharedMemory = '/dev/shm'
const LEAST_FREE_BYTES = 2 ** 30

/**
 * Names a folder for this process alone that nobody needs to survive a loss of power: in memory where there is room,
 * as a new Postgres writes a thousand small files. It goes with this process, however that ends.
 */
export function throwawayFolder(kind: 'run' | 'test'): string {
  const folder = processFolder(kind, throwawayParent())
  guardFolder(folder)
  return folder
}

export function temporaryFolder(): string {
  const parent = throwawayParent()
  mkdirSync(parent, { recursive: true })
  const folder = mkdtempSync(join(parent, `test-${process.pid}-`))
  guardFolder(folder)
  return folder
}

export function throwawayParent(): string {
  const uid = process.getuid?.()
  const folder = join(sharedMemory, `reelay-${uid}`)
  try {
    const { bavail, bsize } = statfsSync(sharedMemory)
    if (bavail * bsize < LEAST_FREE_BYTES) return localFolder
    mkdirSync(folder, { recursive: true })
    // Anybody may make folders there, also one of this name, or a link.
    return lstatSync(folder).uid === uid ? folder : localFolder
  } catch {
    return localFolder
  }
}

/** Names a folder for this process alone and removes those whose process is gone. */
export function processFolder(kind: 'run' | 'test' | 'download' | 'template', parent = localFolder): string {
  const own = `${kind}-${process.pid}`
  for (const name of existsSync(parent) ? readdirSync(parent) : []) {
    const pid = Number(/^(?:run|test|download|template)-(\d+)(?:-\w+)?$/.exec(name)?.[1])
    if (name === own || (pid && !identify(pid))) removeFolder(join(parent, name))
  }
  return join(parent, own)
}

/** Removes a folder, unless it belongs to another user. */
export function removeFolder(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'EACCES' && code !== 'EPERM') throw error
  }
}
