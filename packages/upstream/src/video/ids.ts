import { type ExternalTaskId, isExternalTaskId } from '@reelay/contracts/task'
import type { Fields } from '../answer/fields.ts'
import { firstAt, follow, type Steps } from '../answer/places.ts'
import type { Ids } from '../dialect/reading.ts'

export function isNamed(record: Fields, id: ExternalTaskId, { places, ofRequest }: Ids): boolean {
  const isName = (steps: Steps) => {
    const value = follow(record, steps)
    return value === id || (value !== undefined && idOf(value) === id)
  }
  return places.some(isName) || ofRequest.some(isName)
}

export function idIn(record: Fields, ids: Ids, places = ids.places): ExternalTaskId | undefined {
  const found = firstAt(record, places, idOf)
  const mayBeRow = ids.isUsual && places === ids.places && idOf(record.id) !== undefined
  if (!mayBeRow || !/^\d+$/.test(String(found))) return found
  const others = ids.plain.flatMap((steps) => idOf(follow(record, steps)) ?? [])
  const text = others.find((id) => !/^\d+$/.test(id))
  return text ?? (typeof record.id === 'number' ? others[0] : undefined) ?? found
}

export function namesIn(record: Fields, { places }: Ids): ExternalTaskId[] {
  const names = new Set<ExternalTaskId>()
  for (const steps of places) {
    const id = idOf(follow(record, steps))
    if (id !== undefined) names.add(id)
  }
  return [...names]
}

export function idOf(value: unknown): ExternalTaskId | undefined {
  const text = typeof value === 'number' && value > 0 ? String(value) : value
  if (typeof text !== 'string') return undefined
  const id = text.trim()
  return isExternalTaskId(id) ? id : undefined
}
