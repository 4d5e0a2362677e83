import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Dialect, Input } from '../dialect.ts'
import { readInput } from '../input.ts'
import type { Shown } from '../shown.ts'
import type { Wish } from '../wish.ts'
import { file, name, prompt } from './fields.ts'

const tenMegabytes = 10_000_000
const picture = file.refine(
  ({ type, bytes }) => /^image\//.test(type ?? '') && (bytes ?? 0) <= tenMegabytes,
  'must be a picture of at most 10 MB',
)
const body = z.object({ prompt, model: name, input_reference: picture.optional() })

/** A relay that wants its key bare, reads length and shape from the model's name, and gives the clip's address. */
export const soraRelay: Dialect = {
  base: '/sora/v1',
  auth: ['raw'],
  newId: () => `vid-${randomBytes(12).toString('hex')}`,
  submits: [
    { path: '/videos', takes: ['form', 'json'], read: readCreate },
    {
      path: '/videos/:id/remix',
      takes: ['json', 'form'],
      read: (input) => ({ ...readCreate(input), source: { by: 'id', id: input.id } }),
    },
  ],
  accepted: ({ id, model, createdAt }) => {
    return { id, object: 'video', model, status: 'pending', progress: 0, created_at: createdAt }
  },
  video(shown) {
    const { id, status, progress, failure } = shown
    if (failure) return { id, status, progress, error: failure.message, error_code: codeOf(failure) }
    if (status === 'completed') return { id, status, progress, ...addresses(shown) }
    return { id, status: status === 'queued' ? 'pending' : status, progress }
  },
  clipsArePublic: true,
  problems: { moderated: { code: 'sentinel_block' } },
  problemBody({ kind, code, type, message }) {
    if (kind !== 'moderated') return { error: { code: code ?? type, message } }
    return { error: { code, message: JSON.stringify({ detail: { code, message } }) } }
  },
}

function readCreate({ body: given }: Input): Wish {
  const { prompt, model, input_reference } = readInput(body, given)
  return { prompt, model, picture: input_reference, ...shapeOf(model) }
}

/** `sora_video2-landscape-15s` is a wide clip of 15 seconds. */
function shapeOf(model: string) {
  const seconds = /-(\d+)s\b/.exec(model)?.[1]
  const size = /landscape/.test(model) ? '1280x720' : /portrait/.test(model) ? '720x1280' : undefined
  return { seconds, size }
}

function addresses(shown: Shown) {
  if (shown.has('no_url')) return {}
  return { video_url: shown.clipUrl, image_url: shown.pictureUrl }
}

function codeOf({ kind }: NonNullable<Shown['failure']>): string {
  return kind === 'moderated' ? 'sentinel_block' : 'gen_error'
}
