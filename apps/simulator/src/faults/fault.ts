import { type FaultName, faultKinds } from './kinds.ts'

export interface Fault {
  name: FaultName
  value?: number | undefined
  count?: number | undefined
  /** When it was armed, in ms since 1970. */
  armedAt?: number | undefined
}

/** `[fault:name]`, `[fault:name=value]` or `[fault:name=value,count]`, anywhere in a prompt. */
export function readMarkers(prompt: string): Fault[] {
  const markers = prompt.matchAll(/\[fault:(\w+)(?:=(\d+)(?:,(\d+))?)?\]/g)
  return [...markers].flatMap(([, name, value, count]) =>
    isFaultName(name) ? [{ name, value: numberOf(value), count: numberOf(count) }] : [],
  )
}

function isFaultName(name: string | undefined): name is FaultName {
  return name !== undefined && Object.hasOwn(faultKinds, name)
}

function numberOf(digits: string | undefined): number | undefined {
  return digits === undefined ? undefined : Number(digits)
}
