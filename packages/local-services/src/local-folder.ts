import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { identify } from './process-identity.ts'

/** Everything that development leaves on disk; ignored by git and safe to delete. */
export const localFolder = join(import.meta.dirname, '../../../.local')

/** Names a folder for this process alone and removes those whose process is gone. */
export function processFolder(kind: 'run' | 'test' | 'download', parent = localFolder): string {
  const own = `${kind}-${process.pid}`
  for (const name of existsSync(parent) ? readdirSync(parent) : []) {
    const pid = Number(/^(?:run|test|download)-(\d+)$/.exec(name)?.[1])
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
