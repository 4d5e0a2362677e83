import type { ExternalTaskId } from '@reelay/contracts/task'
import { type Fields, isFields } from '../answer/fields.ts'
import { follow, type Steps } from '../answer/places.ts'
import type { Ids, Reading } from '../dialect/reading.ts'
import { allEnvelopes, answerEnvelopes, envelopes, MOST_LEVELS, recordsIn } from './envelopes.ts'
import { idIn, idOf } from './ids.ts'
import { isUnderWay, isVideo, wordOf } from './job-record.ts'

const vague = /^(accepted|received|requested|created|submitted|registered|completed?|finished|done)$/i

export function withoutRequestIds(body: unknown, { ofRequest }: Ids): unknown {
  return isFields(body) ? without(body, ofRequest) : body
}

/**
 * An answer to a submission without the id of a mere envelope: where what it holds has an id, the outer one is the
 * request's.
 */
export function withoutEnvelopeId(body: unknown, reading: Reading): unknown {
  const { ids } = reading
  if (!ids.isUsual || !isFields(body) || idOf(body.id) === undefined) return body
  const { code, success, status, progress } = body
  const saysHow =
    code !== undefined ||
    success !== undefined ||
    (typeof status === 'string' && /^(success|ok)$/i.test(status))
  if ((isVideo(body) || progress !== undefined) && !saysHow) return body
  const holders = saysHow ? allEnvelopes : answerEnvelopes
  const inner = holders.flatMap((name) => recordsIn(body[name], allEnvelopes))
  const tasks = recordsIn(body, envelopes).slice(1)
  const isOuter =
    inner.some((record) => idIn(record, ids) && mayBeTask(record, body, reading)) ||
    tasks.some((record) => idIn(record, ids, ids.plain))
  return isOuter ? without(body, [['id']]) : body
}

function mayBeTask(inner: Fields, outer: Fields, { words }: Reading): boolean {
  const word = wordOf(outer, words) ?? ''
  if (isVideo(outer)) return false
  if (vague.test(word)) return wordOf(inner, words) !== undefined || isVideo(inner)
  return !isUnderWay(outer, words)
}

/** An answer to a remix without the names of the video that it was asked of: they are never the new one's. */
export function withoutSource(
  value: unknown,
  source: ExternalTaskId | undefined,
  ids: Ids,
  depth = 0,
): unknown {
  if (source === undefined || depth >= MOST_LEVELS) return value
  if (Array.isArray(value)) return value.flatMap((item) => withoutSource(item, source, ids, depth) ?? [])
  if (!isFields(value)) return value
  const inner = allEnvelopes.filter((name) => isFields(value[name]) || Array.isArray(value[name]))
  const rest: Fields = { ...value }
  for (const name of inner) rest[name] = withoutSource(value[name], source, ids, depth + 1)
  const own = ids.places.filter((steps) => idOf(follow(value, steps)) === source)
  const others = without(rest, own)
  const isSource = own.length > 0 && !recordsIn(others, allEnvelopes).some((record) => idIn(record, ids))
  return isSource && depth > 0 ? undefined : others
}

function without(record: Fields, places: readonly Steps[]): Fields {
  const names = new Set(places.flatMap(([name, ...further]) => (further.length === 0 ? (name ?? []) : [])))
  const rest = Object.fromEntries(Object.entries(record).filter(([name]) => !names.has(name)))
  for (const [name = '', ...further] of places) {
    const held = rest[name]
    if (further.length > 0 && isFields(held)) rest[name] = without(held, [further])
  }
  return rest
}
