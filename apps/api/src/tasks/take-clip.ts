import { type Problem, problems } from '@reelay/contracts/problems'
import { ClipError, type ClipFault } from '@reelay/media/clips/clip'
import { inspectClip } from '@reelay/media/clips/inspect-clip'
import type { SpooledFile } from '@reelay/media/spool'
import type { UploadedClip } from '@reelay/relay/upload-clip'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { invalid } from '../http/errors.ts'
import { takeFile } from '../http/form-body.ts'

export const clipField = 'video'

const faults: Record<ClipFault, Problem> = {
  unknown_type: problems.clipType,
  empty: problems.empty,
  truncated: problems.clipBroken,
  broken: problems.clipBroken,
  no_video: problems.clipPictures,
}

/** The clip that came as the file of a form, which whoever takes it lets go. Throws ApiError for what is no clip that we take. */
export async function takeClip(
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<UploadedClip & AsyncDisposable> {
  const file = takeFile(request, reply)
  if (!file) throw invalid(clipField, problems.required)
  await using held = new AsyncDisposableStack()
  held.use(file)
  const { bytes, sha256 } = file
  const clip = await inspect(file)
  const letGo = held.move()
  return {
    ...clip,
    ...{ bytes, sha256, stream: () => file.stream() },
    [Symbol.asyncDispose]: () => letGo.disposeAsync(),
  }
}

async function inspect(file: SpooledFile) {
  try {
    return await inspectClip(file)
  } catch (error) {
    if (error instanceof ClipError) throw invalid(clipField, faults[error.code])
    throw error
  }
}
