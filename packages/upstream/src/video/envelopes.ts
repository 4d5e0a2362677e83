import type { ExternalTaskId } from '@reelay/contracts/task'
import { type Fields, isFields } from '../answer/fields.ts'
import type { Ids } from '../dialect/reading.ts'
import { isNamed } from './ids.ts'

export const answerEnvelopes = ['data', 'result', 'response', 'task', 'job']
export const envelopes = [...answerEnvelopes, 'output', 'outputs']
/** These may as well be the video that another is made from. */
const videoEnvelopes = ['video', 'videos']
export const allEnvelopes = [...envelopes, ...videoEnvelopes]
export const MOST_LEVELS = 4

type Known = { id: ExternalTaskId; ids: Ids }

export function recordsIn(body: unknown, names: string[], known?: Known): Fields[] {
  const records: Fields[] = []
  let level: unknown[] = [body]
  for (let depth = 0; depth < MOST_LEVELS; depth += 1) {
    const here = level.map((value) => oneOf(value, known)).filter(isFields)
    if (here.length === 0) break
    records.push(...here)
    level = []
    for (const record of here)
      for (const name of names) if (record[name] !== undefined) level.push(record[name])
  }
  return records
}

function oneOf(value: unknown, known: Known | undefined): unknown {
  if (!Array.isArray(value)) return value
  const named = known && value.find((item) => isFields(item) && isNamed(item, known.id, known.ids))
  return named ?? (known === undefined || value.length === 1 ? value[0] : undefined)
}
