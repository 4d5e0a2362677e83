import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { throwawayParent } from '../src/local-folder.ts'

/** A folder that goes when the test does; stop what runs in it first. */
export function aFolder(): string {
  const folder = mkdtempSync(join(throwawayParent(), 'folder-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  return folder
}
