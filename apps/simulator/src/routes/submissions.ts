import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Bill } from '../bill.ts'
import { ApiError } from '../errors.ts'
import type { Faults } from '../faults.ts'
import { createBody, editBody, extendBody, readInput, remixBody } from '../submission.ts'
import { lifeOf, toResource, type Video, type Videos } from '../videos.ts'
import { type ById, existing } from './existing.ts'

interface SubmissionDeps {
  bill: Bill
  faults: Faults
  videos: Videos
}

interface Submission {
  prompt: string
  sourceId: string | null
  model?: string | undefined
  size?: string | undefined
  seconds?: string | undefined
  /** Seconds that an extension adds to its source. */
  extension?: string
}

export async function submissionRoutes(app: FastifyInstance, deps: SubmissionDeps) {
  app.post('/videos', (request) => {
    const { prompt, model, size, seconds } = readInput(createBody, request.body)
    return submit(request, { prompt, model, size, seconds, sourceId: null }, deps)
  })

  app.post<ById>('/videos/:id/remix', (request) => {
    const { prompt, model } = readInput(remixBody, request.body)
    return submit(request, { prompt, model, sourceId: request.params.id }, deps)
  })

  app.post('/videos/edits', (request) => {
    const { prompt, video } = readInput(editBody, request.body)
    return submit(request, { prompt, sourceId: video.id }, deps)
  })

  app.post('/videos/extensions', (request) => {
    const { prompt, video, seconds } = readInput(extendBody, request.body)
    return submit(request, { prompt, sourceId: video.id, extension: seconds }, deps)
  })
}

async function submit(
  request: FastifyRequest,
  submission: Submission,
  { bill, faults, videos }: SubmissionDeps,
) {
  const { prompt, sourceId } = submission
  const found = faults.ofPrompt(prompt)
  const victim = { subject: JSON.stringify([sourceId, prompt]), age: 0, request }
  await faults.meet('arrival', found, victim)

  const source = sourceId === null ? undefined : completed(videos, sourceId)
  const video = videos.create({
    ...inherit(submission, source),
    faults: found,
    failure: faults.endingOf(found, victim.subject),
  })
  bill.charge(video)

  await faults.meet('answer', found, victim)
  return toResource(video)
}

function completed(videos: Videos, id: string): Video {
  const source = existing(videos, id)
  if (lifeOf(source).status === 'completed') return source
  throw new ApiError(400, `Video '${id}' is not completed.`, { param: 'video_id' })
}

function inherit({ prompt, sourceId, model, size, seconds, extension }: Submission, source?: Video) {
  const length = seconds ?? source?.seconds ?? '4'
  return {
    prompt,
    source: sourceId,
    lineage: [...(source?.lineage ?? []), prompt],
    model: model ?? source?.model ?? 'sora-2',
    size: size ?? source?.size ?? '720x1280',
    seconds: extension === undefined ? length : String(Number(length) + Number(extension)),
  }
}
