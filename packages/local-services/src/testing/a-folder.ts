import { onTestFinished } from 'vitest'
import { removeFolder, temporaryFolder } from '../local-folder.ts'

/** A folder that goes when the test does; stop what runs in it first. */
export function aFolder(): string {
  const folder = temporaryFolder()
  onTestFinished(() => removeFolder(folder))
  return folder
}
