import type { Dialect } from '../dialect/dialect.ts'
import type { Saying, Unsupported } from './said.ts'

type SecondsField = Dialect['fields']['seconds']

export function saySeconds(asked: string | null | undefined, field: SecondsField): Saying | Unsupported {
  const { as, name, type, inModel, ifUnset, min = 0, max = Number.POSITIVE_INFINITY } = field
  const text = asked || (ifUnset === undefined ? undefined : String(ifUnset))
  if (text === undefined) return { said: [] }
  const seconds = Number(text)
  const unsupported = (message: string): Unsupported => ({ field: 'seconds', message })
  if (as === 'never') return unsupported('upstream takes no length')
  const isWhole = Number.isInteger(seconds)
  if (!Number.isFinite(seconds) || (type === 'int' && !isWhole))
    return unsupported(`must be a ${type === 'int' ? 'whole ' : ''}number of seconds`)
  if (seconds < min || seconds > max) return unsupported(bounds(field))
  if (as === 'model') return { said: [], inModel: { template: inModel, value: text, pattern: '\\d+' } }
  return { said: [[name, type === 'string' ? text : seconds]] }
}

function bounds({ min, max }: SecondsField): string {
  if (min === undefined) return `must be at most ${max} for this upstream`
  return max === undefined
    ? `must be at least ${min} for this upstream`
    : `must be from ${min} to ${max} for this upstream`
}
