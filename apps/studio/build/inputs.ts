import { createHash } from 'node:crypto'
import { globSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '../../..')

/** All that a build is made from; of packages only what the lockfile says of them. */
export const inputPatterns = [
  'apps/studio/{index.html,package.json,vite.config.ts}',
  'apps/studio/{build,src}/**',
  'packages/{client,contracts}/src/**',
  'package-lock.json',
]

/** What tells one state of the sources from another. */
export function hashInputs(folder = root): string {
  const hash = createHash('sha256')
  for (const file of globSync(inputPatterns, { cwd: folder }).sort()) {
    const path = join(folder, file)
    if (statSync(path).isFile()) hash.update(`${file}\0`).update(readFileSync(path)).update('\0')
  }
  return hash.digest('hex')
}
