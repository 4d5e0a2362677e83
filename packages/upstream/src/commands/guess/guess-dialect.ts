import { firstAt } from '../../answer/places.ts'
import { builtIn, builtInNames } from '../../dialect/built-in.ts'
import { readDialect } from '../../dialect/read-dialect.ts'
import { createReading } from '../../dialect/reading.ts'
import { idOf } from '../../video/ids.ts'
import { type KeyStyle, type Portrait, portraits } from './portraits.ts'
import { shapeOf } from './shape.ts'

export type Seen = { probe: 'unknown' | 'list'; style: KeyStyle; status: number; body: unknown }

/** `candidates` are the dialects that all answers fit, as far as they go. */
export type Guess = { dialect?: string; candidates: string[] }

/** Names a built-in dialect only where all answers fit it, none other, and both probes were let in. */
export function guessDialect(answers: readonly Seen[]): Guess {
  const candidates = builtInNames.filter((name) => fitsAll(name, answers))
  const [dialect, ...others] = candidates
  const isLetIn = (probe: Seen['probe']) => {
    return answers.some((seen) => seen.probe === probe && !isRefusal(seen))
  }
  const isSure =
    others.length === 0 && isLetIn('unknown') && isLetIn('list') && !isOddlyGuarded(dialect, answers)
  return { candidates, ...(dialect !== undefined && isSure && { dialect }) }
}

/** Whether one answer, however the key was sent, is such as this built-in dialect's; undefined where nobody knows. */
export function fitsDialect(name: string, seen: Omit<Seen, 'style'>): boolean | undefined {
  const portrait = Object.hasOwn(portraits, name) ? portraits[name] : undefined
  return portrait && fitsPortrait(portrait, seen) && hasItsIds(name, seen)
}

function fitsAll(name: string, answers: readonly Seen[]): boolean {
  const portrait = portraits[name]
  if (portrait === undefined || answers.length === 0) return false
  return (
    takesKeysSo(portrait, answers) &&
    answers.every((seen) => fitsPortrait(portrait, seen) && hasItsIds(name, seen))
  )
}

function fitsPortrait(portrait: Portrait, { probe, status, body }: Omit<Seen, 'style'>): boolean {
  const shape = shapeOf(body)
  if (shape === undefined) return false
  if (isRefusal({ status })) return portrait.refusal.includes(shape)
  if (probe === 'unknown')
    return portrait.unknown.includes(shape) && portrait.unknownStatuses.includes(status)
  const isList = shape === 'list with has_more' || shape === 'list alone'
  const isAsItShould = isList ? status === 200 : status >= 400 && status < 500
  return portrait.list.includes(shape) && isAsItShould
}

/** A list that isn't there and wants a key all the same may be another server's. */
function isOddlyGuarded(name: string | undefined, answers: readonly Seen[]): boolean {
  const hasList = traits.find((each) => each.name === name)?.hasList ?? false
  return !hasList && answers.some((seen) => seen.probe === 'list' && isRefusal(seen))
}

/** Where there are keys, the usual way of sending one opens the door, and no other than those that it takes. */
function takesKeysSo({ keys }: Portrait, answers: readonly Seen[]): boolean {
  const looks = answers.filter(({ probe }) => probe === 'unknown')
  const taken = new Set(looks.filter((seen) => !isRefusal(seen)).map(({ style }) => style))
  const refused = new Set(looks.filter(isRefusal).map(({ style }) => style))
  const readLists = answers.filter(({ probe, status }) => probe === 'list' && status === 200)
  const isContradicted = [...taken, ...readLists.map(({ style }) => style)].some((style) =>
    refused.has(style),
  )
  if (isContradicted) return false
  if (taken.has('none')) return keys.includes('none') && refused.size === 0
  const isOpened = taken.size === 0 || !refused.has(keys[0])
  return isOpened && [...taken].every((style) => keys.includes(style))
}

const traits = builtInNames.map((name) => {
  const read = readDialect(builtIn.get(name))
  if ('problems' in read) throw new Error(`the dialect ${name} is not as it should be`)
  const { id, list } = read.dialect
  const { places } = createReading(read.dialect).ids
  const look = id.look === undefined ? undefined : new RegExp(id.look)
  return { name, places, look, hasList: list !== null }
})

/** Whether listed videos are called as in this dialect; where it has no look of its own, as in no other. */
export function hasItsIds(name: string, { probe, body }: Omit<Seen, 'style'>): boolean {
  const data = (body as { data?: unknown } | undefined)?.data
  const own = traits.find((each) => each.name === name)
  if (probe !== 'list' || !Array.isArray(data) || !own) return true
  const ids = data.map((item) => firstAt(item, own.places, idOf) ?? '')
  return ids.every((id) => {
    return own.look ? own.look.test(id) : id !== '' && !traits.some(({ look }) => look?.test(id))
  })
}

export function isRefusal({ status }: Pick<Seen, 'status'>): boolean {
  return status === 401 || status === 403
}
