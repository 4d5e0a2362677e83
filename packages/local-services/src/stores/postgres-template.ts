import { createHash } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  statSync,
} from 'node:fs'
import { join } from 'node:path'
import { localFolder, processFolder, removeFolder } from '../local-folder.ts'
import { runCommand } from '../processes/command.ts'

let isKeeping = false

/**
 * Where what initdb made is kept. Each start would spend 1.8 s of CPU on it, and `npm test` and the chaos scenarios start
 * a server for every harm.
 */
export function templateFor(programs: string[], settings: unknown[]): string {
  const made = programs.map((file) => {
    const { size, mtimeMs } = statSync(file)
    return { size, mtimeMs }
  })
  const hash = createHash('sha256').update(JSON.stringify([made, ...settings]))
  return join(localFolder, `postgres-${hash.digest('hex').slice(0, 16)}`)
}

export async function copyTemplate(
  template: string,
  to: string,
  { fsync = true }: { fsync?: boolean | undefined },
): Promise<boolean> {
  if (!existsSync(template)) return false
  await copyFolder(template, to)
  if (fsync) syncToDisk(to)
  return true
}

export async function keepAsTemplate(data: string, template: string): Promise<void> {
  if (isKeeping) return
  isKeeping = true
  mkdirSync(localFolder, { recursive: true })
  const copy = processFolder('template')
  try {
    await copyFolder(data, copy)
    syncToDisk(copy)
    renameSync(copy, template)
  } finally {
    removeFolder(copy)
    isKeeping = false
  }
}

/** With owners and modes, which Postgres insists on. */
async function copyFolder(from: string, to: string): Promise<void> {
  await runCommand(['cp', '-a', from, to])
}

function syncToDisk(folder: string): void {
  for (const name of [...readdirSync(folder, { recursive: true, encoding: 'utf8' }), '.']) {
    const file = openSync(join(folder, name), 'r')
    fsyncSync(file)
    closeSync(file)
  }
}
