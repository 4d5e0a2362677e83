import type { ExternalTaskId } from '@reelay/contracts/task'
import { type Endpoint, videoPath } from '../endpoint.ts'
import type { Post } from '../submit/send-once.ts'

/** What to make: a remix when it has a source, else a first video. */
export type SubmitRequest = {
  prompt: string
  sourceId?: ExternalTaskId | undefined
  model?: string | null
  size?: string | null
  seconds?: string | null
}

export async function submissionOf(request: SubmitRequest, endpoint: Endpoint): Promise<Post> {
  const { prompt, sourceId, model } = request
  if (sourceId === undefined) return firstVideo(request, endpoint)
  const extra = endpoint.remixModel === 'send' && model ? { model } : {}
  if (endpoint.remixVerb === 'edits')
    return json('/videos/edits', { prompt, video: { id: sourceId }, ...extra }, endpoint)
  return json(`${videoPath(sourceId)}/remix`, { prompt, ...extra }, endpoint)
}

async function firstVideo(
  { prompt, model, size, seconds }: SubmitRequest,
  { prefix, headers }: Endpoint,
): Promise<Post> {
  const form = new FormData()
  form.set('prompt', prompt)
  for (const [name, value] of Object.entries({ model, size, seconds })) if (value) form.set(name, value)
  const encoded = new Response(form)
  const type = encoded.headers.get('content-type') ?? ''
  return {
    path: `${prefix}/videos`,
    headers: { ...headers, 'content-type': type },
    body: await encoded.bytes(),
  }
}

function json(path: string, body: object, { prefix, headers }: Endpoint): Post {
  return {
    path: `${prefix}${path}`,
    headers: { ...headers, 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify(body)),
  }
}
