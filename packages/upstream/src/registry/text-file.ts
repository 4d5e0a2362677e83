import { readFileSync } from 'node:fs'

/** Returns a file's text, or throws as `readFileSync` does. */
export type ReadFile = (path: string) => string

export const readTextFile: ReadFile = (path) => readFileSync(path, 'utf8')

const reasons: Record<string, string> = {
  ENOENT: 'which is not there',
  ENOTDIR: 'which is not there',
  EISDIR: 'which is a folder',
  EACCES: 'which this process may not read',
  EPERM: 'which this process may not read',
}

/** `label` stands for the path in a problem, a sentence without its subject. */
export function openText(
  path: string,
  label: string,
  readFile: ReadFile,
): { text: string } | { problem: string } {
  try {
    return { text: readFile(path) }
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    return { problem: `names ${label}, ${reasons[code] ?? 'which can’t be read'}` }
  }
}
