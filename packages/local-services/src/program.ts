import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type PackagedProgram, unpackedProgram } from './debian-packages.ts'

export type Program = { command: string; env: NodeJS.ProcessEnv }

/** A program by its names on PATH, and where the distribution has it. */
export type Wanted = { names: string[]; packaged: PackagedProgram }

/** Finds a program to run: from PATH, else from the distribution's packages. Its error says why there is none. */
export async function findProgram(
  { names, packaged }: Wanted,
  onProgress?: (message: string) => void,
): Promise<Program> {
  const command = names.map(findOnPath).find(Boolean)
  if (command) return { command, env: process.env }
  if (!findOnPath('apt-get') || !findOnPath('dpkg')) throw new Error('this is not Debian or Ubuntu')
  return unpackedProgram(packaged, onProgress)
}

// Where Debian has servers is on the PATH of root only.
function findOnPath(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin']
  return folders.map((folder) => join(folder, name)).find(isExecutable)
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
