import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { builtIn, builtInNames } from './built-in.ts'
import type { Dialect } from './dialect.ts'
import { readDialect } from './read-dialect.ts'

/** A process's variable that names a dialect: a built-in one, or a JSON file. */
export const dialectVariable = z
  .string()
  .transform((name, context): Dialect => {
    const file = builtIn.get(name) ?? readFile(name)
    const read = file === undefined ? { problems: [noSuchDialect] } : readDialect(file)
    if ('dialect' in read) return read.dialect
    for (const { path, message } of read.problems)
      context.addIssue({ code: 'custom', message: path === '' ? message : `${path} ${message}` })
    return z.NEVER
  })
  .prefault('openai')
  .describe(`How upstream speaks: ${builtInNames.join(', ')}, or a JSON file`)

const noSuchDialect = {
  path: '',
  message: `must be one of ${builtInNames.join(', ')}, or a JSON file that can be read`,
}

function readFile(path: string): unknown {
  if (!/[./\\]/.test(path)) return undefined
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}
