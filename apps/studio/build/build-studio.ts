import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { compressFiles } from './compress.ts'
import { hashInputs, root } from './inputs.ts'
import { takeTurn } from './take-turn.ts'

const studio = join(root, 'apps/studio')

/** Where the api finds what it serves. */
export const dist = join(studio, 'dist')

/** Says of which sources a build was made. Its folder begins with a dot and is not served. */
const mark = '.vite/inputs'

/** Builds the studio unless what is there was built from these very sources. Says whether it has. */
export async function buildStudio({ onStart = () => {} } = {}): Promise<boolean> {
  if (isFresh()) return false
  using _ = await takeTurn(join(root, '.local/building-studio'))
  // Who had the turn before may have built the same.
  if (isFresh()) return false
  onStart()
  const inputs = hashInputs()
  const made = `${dist}-${process.pid}`
  try {
    await runVite(made)
    compressFiles(made)
    writeFileSync(join(made, mark), inputs)
    replaceFolder(dist, made)
  } finally {
    rmSync(made, { recursive: true, force: true })
  }
  return true
}

function isFresh(): boolean {
  try {
    return readFileSync(join(dist, mark), 'utf8') === hashInputs()
  } catch {
    return false
  }
}

/** In a process of its own: Vite would leave its NODE_ENV to whatever is started next, and what it builds depends on it. */
async function runVite(outDir: string): Promise<void> {
  const vite = fileURLToPath(new URL('bin/vite.js', import.meta.resolve('vite/package.json')))
  const options = ['build', '--outDir', outDir, '--emptyOutDir', '--logLevel', 'warn']
  await promisify(execFile)(process.execPath, [vite, ...options], {
    cwd: studio,
    env: { ...process.env, NODE_ENV: 'production' },
  })
}

/** An api that runs misses its files for no longer than two renames take. */
function replaceFolder(folder: string, made: string): void {
  const old = `${made}-old`
  mkdirSync(folder, { recursive: true })
  renameSync(folder, old)
  renameSync(made, folder)
  rmSync(old, { recursive: true, force: true })
}
