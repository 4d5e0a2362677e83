import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'vite'
import { compressFiles } from './compress.ts'
import { hashInputs, root } from './inputs.ts'
import { takeTurn } from './take-turn.ts'

const studio = join(root, 'apps/studio')

/** Where the api finds what it serves. */
export const dist = join(studio, 'dist')

/** Says of which sources a build was made. Its name begins with a dot, so it is not served. */
const mark = '.vite/inputs'

/** Builds the studio unless what is there was built from these very sources. Says whether it has. */
export async function buildStudio({ onStart = () => {} } = {}): Promise<boolean> {
  if (isFresh()) return false
  using _ = await takeTurn(join(studio, 'node_modules/.building'))
  // Who had the turn before may have built the same.
  if (isFresh()) return false
  onStart()
  const inputs = hashInputs()
  const made = `${dist}-${process.pid}`
  await build({ root: studio, logLevel: 'warn', build: { outDir: made, emptyOutDir: true } })
  compressFiles(made)
  writeFileSync(join(made, mark), inputs)
  replaceFolder(dist, made)
  return true
}

export function isFresh(): boolean {
  try {
    return readFileSync(join(dist, mark), 'utf8') === hashInputs()
  } catch {
    return false
  }
}

/** An api that runs misses its files for no longer than two renames take. */
function replaceFolder(folder: string, made: string): void {
  const old = `${made}-old`
  mkdirSync(folder, { recursive: true })
  renameSync(folder, old)
  renameSync(made, folder)
  rmSync(old, { recursive: true, force: true })
}
