import type { ExternalTaskId } from '@reelay/contracts/task'
import { allEnvelopes, MOST_LEVELS, recordsIn } from './envelopes.ts'
import { type Fields, isFields } from './fields.ts'
import { idIn, idNames, idOf, requestIdNames } from './ids.ts'

/** An answer without the ids that name the request. */
export function withoutRequestIds(body: unknown): unknown {
  return isFields(body) ? without(body, requestIdNames) : body
}

/** An answer to a remix without the names of the video that it was asked of: they are never the new one's. */
export function withoutSource(value: unknown, source: ExternalTaskId | undefined, depth = 0): unknown {
  if (source === undefined || depth >= MOST_LEVELS) return value
  if (Array.isArray(value)) return value.flatMap((item) => withoutSource(item, source, depth) ?? [])
  if (!isFields(value)) return value
  const inner = allEnvelopes.filter((name) => isFields(value[name]) || Array.isArray(value[name]))
  const rest: Fields = { ...value }
  for (const name of inner) rest[name] = withoutSource(value[name], source, depth + 1)
  const own = idNames.filter((name) => idOf(value[name]) === source)
  const others = without(rest, own)
  const isSource = own.length > 0 && !recordsIn(others, allEnvelopes).some((record) => idIn(record))
  return isSource && depth > 0 ? undefined : others
}

function without(record: Fields, names: string[]): Fields {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)))
}
