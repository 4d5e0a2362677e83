import { delimiter } from 'node:path'
import which from 'which'
import { type PackagedProgram, type Program, unpackedProgram } from './debian-packages.ts'

export type { Program } from './debian-packages.ts'

export type WantedProgram = { names: string[]; packaged: PackagedProgram }

/** Finds a program to run: from PATH, else from the distribution's packages. Its error says why there is none. */
export async function findProgram(
  { names, packaged }: WantedProgram,
  onProgress?: (message: string) => void,
): Promise<Program> {
  const command = names.map(findOnPath).find(Boolean)
  if (command) return { command, env: process.env }
  if (!findOnPath('apt-get') || !findOnPath('dpkg')) throw new Error('this is not Debian or Ubuntu')
  return unpackedProgram(packaged, onProgress)
}

// Where Debian has servers is on the PATH of root only.
function findOnPath(name: string): string | undefined {
  const path = [process.env.PATH, '/usr/local/sbin', '/usr/sbin'].filter(Boolean).join(delimiter)
  return which.sync(name, { path, nothrow: true }) ?? undefined
}
