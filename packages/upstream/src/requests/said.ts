import type { Dialect } from '../dialect/dialect.ts'
import type { Said } from './body.ts'
import { saySeconds } from './seconds.ts'
import { saySize } from './size.ts'

/** What a video should be like. `null` is as good as nothing. */
export type Asked = { model?: string | null; size?: string | null; seconds?: string | null }

/** What can't be said to an upstream: the field, and what would be right. */
export type Unsupported = {
  field: 'model' | 'size' | 'seconds' | 'input_reference' | 'source' | 'upstream'
  message: string
}

/** A value that is said in the model's name: `-{seconds}s` is its template, and `\\d+` the pattern of such values. */
type InModel = { template: string; value: string; pattern: string }

export type Saying = { said: Said; inModel?: InModel }

/** Names of models, ours to theirs. */
export type Models = Readonly<Record<string, string>>

const everything: readonly (keyof Asked)[] = ['model', 'size', 'seconds']
const nothing: Saying = { said: [] }

/** How what was asked for is said in a dialect, or what of it can't be. What is not in `sends` is left out. */
export function say(
  asked: Asked,
  { fields }: Dialect,
  models: Models,
  sends: readonly (keyof Asked)[] = everything,
): Said | Unsupported {
  const size = asked.size && sends.includes('size') ? saySize(asked.size, fields.size) : nothing
  if ('field' in size) return size
  const seconds = sends.includes('seconds') ? saySeconds(asked.seconds, fields.seconds) : nothing
  if ('field' in seconds) return seconds
  const model = sends.includes('model')
    ? sayModel(asked.model, [size, seconds], fields.model, models)
    : nothing
  if ('field' in model) return model
  return [...model.said, ...size.said, ...seconds.said]
}

function sayModel(
  asked: string | null | undefined,
  sayings: Saying[],
  { name, send }: Dialect['fields']['model'],
  models: Models,
): Saying | Unsupported {
  const unsupported = (message: string): Unsupported => ({ field: 'model', message })
  if (!asked) {
    const isWanted = send === 'always' || sayings.some(({ inModel }) => inModel)
    return isWanted ? unsupported(`upstream wants a model${listed(models)}`) : { said: [] }
  }
  const isKnown = Object.hasOwn(models, asked)
  if (send === 'never') {
    return isKnown
      ? { said: [] }
      : unsupported(`upstream has one model and takes no name of it${listed(models)}`)
  }
  let theirs = isKnown ? (models[asked] ?? asked) : asked
  for (const { inModel } of sayings) {
    if (!inModel) continue
    const { value } = inModel
    const own = saidIn(theirs, inModel)
    if (own !== undefined && own !== value) return unsupported(`${asked} says ${own}, not ${value}`)
    if (own === undefined) theirs += inModel.template.replace(/\{\w+\}/, value)
  }
  return { said: [[name, theirs]] }
}

/** What a model's name says already, as in `-15s` or `-landscape`. */
function saidIn(model: string, { template, pattern }: InModel): string | undefined {
  const escaped = template.replaceAll(/[^\w{}]/g, '\\$&')
  return new RegExp(escaped.replace(/\{\w+\}/, `(${pattern})`)).exec(model)?.[1]
}

function listed(models: Models): string {
  const names = Object.keys(models)
  return names.length > 0 ? `: one of ${names.join(', ')}` : ''
}
