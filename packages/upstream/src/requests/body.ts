import { type Branch, put, stepsOf } from '../answer/places.ts'

/** What a request says, and where in its body. */
export type Said = [place: string, value: string | number][]

export type Body = { type: string; bytes: Uint8Array }

export function jsonBody(said: Said): Body {
  const body: Branch = {}
  for (const [place, value] of said) put(body, stepsOf(place), value)
  return { type: 'application/json', bytes: Buffer.from(JSON.stringify(body)) }
}

export async function formBody(said: Said): Promise<Body> {
  const form = new FormData()
  for (const [place, value] of said) form.append(partName(place), String(value))
  const encoded = new Response(form)
  return { type: encoded.headers.get('content-type') ?? '', bytes: await encoded.bytes() }
}

/** As in `video[id]`, as forms name what is nested. */
function partName(place: string): string {
  const [first = '', ...further] = stepsOf(place)
  return first + further.map((step) => `[${step}]`).join('')
}
