import { type Branch, put, stepsOf } from '../answer/places.ts'
import type { Attachment } from '../attachment.ts'
import type { BodyParts } from '../submit/open-body.ts'
import { createMarks } from './marks.ts'

export type Said = [place: string, value: string | number | SaidFile][]

export type SaidFile = { file: Attachment; as: 'file' | 'data-url' | 'base64' }

export type Body = { type: string; parts: BodyParts }

/** In the encoding that is wanted, but for a file, which only a form can hold. */
export function bodyOf(
  said: Said,
  encoding: 'json' | 'json-unless-file' | 'multipart',
): Promise<Body> | Body {
  const hasFile = said.some(([, value]) => typeof value === 'object' && value.as === 'file')
  return encoding === 'multipart' || hasFile ? formBody(said) : jsonBody(said)
}

function jsonBody(said: Said): Body {
  const { markFor, split } = createMarks()
  const body: Branch = {}
  for (const [place, value] of said)
    put(body, stepsOf(place), typeof value === 'object' ? inText(value, markFor) : value)
  return { type: 'application/json', parts: split(JSON.stringify(body)) }
}

async function formBody(said: Said): Promise<Body> {
  const { markFor, split } = createMarks()
  const form = new FormData()
  for (const [place, value] of said) {
    if (typeof value !== 'object') form.append(partName(place), String(value))
    else if (value.as !== 'file') form.append(partName(place), inText(value, markFor))
    else form.append(partName(place), emptyFile(value.file, markFor({ ...value, as: 'bytes' })))
  }
  const encoded = new Response(form)
  return { type: encoded.headers.get('content-type') ?? '', parts: split(await encoded.text()) }
}

type MarkFor = ReturnType<typeof createMarks>['markFor']

function inText({ file, as }: SaidFile, markFor: MarkFor): string {
  const base64 = markFor({ file, as: 'base64' })
  return as === 'base64' ? base64 : `data:${file.type};base64,${base64}`
}

function emptyFile({ name, type }: Attachment, mark: string): File {
  return new File([mark], name, { type })
}

/** As in `video[id]`, as forms name what is nested. */
function partName(place: string): string {
  const [first = '', ...further] = stepsOf(place)
  return first + further.map((step) => `[${step}]`).join('')
}
