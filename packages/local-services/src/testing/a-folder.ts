import { onTestFinished } from 'vitest'
import { removeFolder, temporaryFolder } from '../local-folder.ts'

export function aFolder(): string {
  const folder = temporaryFolder()
  onTestFinished(() => removeFolder(folder))
  return folder
}
