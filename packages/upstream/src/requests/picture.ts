import type { Attachment, FileKind } from '../attachment.ts'
import type { Derivation, Dialect } from '../dialect/dialect.ts'
import type { Said } from './body.ts'
import type { Unsupported } from './said.ts'

type Image = Dialect['image']

/** How a picture is said that a dialect takes. It gets the bytes, never an address of ours. */
export function sayPicture(file: Attachment, { how, field }: Image): Said {
  const url = { file, as: 'data-url' } as const
  switch (how) {
    case 'file':
      return [[field, { file, as: 'file' }]]
    case 'string':
      return [[field, url]]
    case 'strings':
      return [[`${field}[0]`, url]]
    case 'object':
      return [[`${field}.url`, url]]
    case 'frame-list':
      return [
        [`${field}[0].type`, 'image_url'],
        [`${field}[0].image_url.url`, url],
        [`${field}[0].frame_type`, 'first_frame'],
      ]
    case 'media-object':
      return [
        [`${field}.content`, { file, as: 'base64' }],
        [`${field}.format`, 'base64'],
        [`${field}.role`, 'first_frame'],
      ]
    case 'never':
      return []
  }
}

export function pictureProblem(
  { type, bytes }: FileKind,
  { how, types, maxBytes = Number.POSITIVE_INFINITY }: Image,
  derivation?: Derivation,
): Unsupported | undefined {
  const unsupported = (message: string): Unsupported => ({ field: 'input_reference', message })
  if (how === 'never') return unsupported('upstream takes no picture')
  if (derivation && !derivation.image)
    return unsupported('upstream takes a picture with a first video only, not with an earlier one')
  if (!types.some((known) => known === type))
    return unsupported(`must be ${types.join(' or ')} for this upstream`)
  if (bytes > maxBytes) return unsupported(`must be at most ${maxBytes} bytes for this upstream`)
  return undefined
}
