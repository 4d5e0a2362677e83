import { type Problem, problems } from '@reelay/contracts/problems'
import { ClipError, type ClipFault } from '@reelay/media/clips/clip'
import { inspectClip } from '@reelay/media/clips/inspect-clip'
import type { UploadedClip } from '@reelay/relay/upload-clip'
import type { FastifyRequest } from 'fastify'
import { invalid } from '../http/errors.ts'

export const clipField = 'video'

const faults: Record<ClipFault, Problem> = {
  unknown_type: problems.clipType,
  empty: problems.empty,
  truncated: problems.clipBroken,
  broken: problems.clipBroken,
  no_video: problems.clipPictures,
}

/** The clip that came as the file of a form. Throws ApiError for what is no clip that we take. */
export async function takeClip({ spooled: file }: FastifyRequest): Promise<UploadedClip> {
  if (!file) throw invalid(clipField, problems.required)
  try {
    const { bytes, sha256 } = file
    return { ...(await inspectClip(file)), bytes, sha256, stream: () => file.stream() }
  } catch (error) {
    if (error instanceof ClipError) throw invalid(clipField, faults[error.code])
    throw error
  }
}
