import { isFields } from './fields.ts'

/** The way to a place in JSON, as in `data.videos[0].url`: names, and numbers of items. */
export type Steps = readonly string[]

export function stepsOf(place: string): Steps {
  return place.replaceAll(/\[(\d+)\]/g, '.$1').split('.')
}

export function follow(value: unknown, steps: Steps): unknown {
  let inner = value
  for (const step of steps) {
    if (!isFields(inner) && !(Array.isArray(inner) && /^\d+$/.test(step))) return undefined
    inner = (inner as Record<string, unknown>)[step]
  }
  return inner
}

export function firstAt<T>(
  from: unknown,
  places: readonly Steps[],
  read: (value: unknown) => T | undefined,
): T | undefined {
  for (const steps of places) {
    const held = follow(from, steps)
    const value = held === undefined ? undefined : read(held)
    if (value !== undefined) return value
  }
  return undefined
}

export type Branch = { [step: string]: Branch | string | number }

export function put(branch: Branch, [step = '', ...further]: Steps, value: string | number): void {
  if (further.length === 0) {
    branch[step] = value
    return
  }
  const isList = /^\d+$/.test(further[0] ?? '')
  branch[step] ??= (isList ? [] : {}) as Branch
  put(branch[step] as Branch, further, value)
}
