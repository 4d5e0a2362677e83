import { problemOf } from '@reelay/contracts/problems'
import { z } from 'zod'
import { isFields } from '../answer/fields.ts'
import { Dialect } from './dialect.ts'

/** What is wrong with a dialect: where, as in `list.end`, and what would be right. */
export type DialectProblem = { path: string; message: string }

export function readDialect(data: unknown): { dialect: Dialect } | { problems: DialectProblem[] } {
  const parsed = Dialect.safeParse(data, { reportInput: true })
  if (parsed.success) return { dialect: parsed.data }
  return { problems: parsed.error.issues.map(problemIn) }
}

/** A dialect as its file says it, with what differs here: objects merge, lists and single values replace. */
export function withOverrides(raw: unknown, overrides: unknown): unknown {
  if (!isFields(raw) || !isFields(overrides)) return overrides
  const changed = Object.entries(overrides).map(([key, value]) => {
    return [key, Object.hasOwn(raw, key) ? withOverrides(raw[key], value) : value]
  })
  return { ...raw, ...Object.fromEntries(changed) }
}

export function dialectJsonSchema(): object {
  return z.toJSONSchema(Dialect, { io: 'input' })
}

function problemIn(issue: z.core.$ZodIssue): DialectProblem {
  const path = issue.path.reduce<string>((outer, key) => {
    if (typeof key === 'number') return `${outer}[${key}]`
    return outer === '' ? String(key) : `${outer}.${String(key)}`
  }, '')
  return { path: path || 'dialect', message: messageOf(issue) }
}

const ownWords = /^(must|has no key) /

function messageOf(issue: z.core.$ZodIssue): string {
  return ownWords.test(issue.message) ? issue.message : problemOf(issue).en
}
