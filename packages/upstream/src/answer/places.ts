import { isFields } from './fields.ts'

/** The steps of a place as in `data.videos[0].url`: names, and numbers of items. */
export function stepsOf(place: string): string[] {
  return place.replaceAll(/\[(\d+)\]/g, '.$1').split('.')
}

/** What stands at a place, from its steps. */
export function follow(value: unknown, steps: readonly string[]): unknown {
  let inner = value
  for (const step of steps) {
    if (Array.isArray(inner) ? !/^\d+$/.test(step) : !isFields(inner)) return undefined
    inner = (inner as Record<string, unknown>)[step]
  }
  return inner
}
