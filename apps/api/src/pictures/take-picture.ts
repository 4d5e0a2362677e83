import { type Problem, problems } from '@reelay/contracts/problems'
import type { Picture } from '@reelay/contracts/task'
import { inspectPicture } from '@reelay/media/pictures/inspect-picture'
import { PictureError, type PictureFault } from '@reelay/media/pictures/picture'
import { SpoolError, type SpooledFile, spool } from '@reelay/media/spool'
import type { NewFile } from '@reelay/relay/put-in-store'
import type { FastifyRequest } from 'fastify'
import { ApiError, invalid } from '../http/errors.ts'
import { bytesOfDataUrl } from './data-url.ts'
import type { FetchPicture } from './fetch-picture.ts'

/** A picture as a request gave it: what is told of it, and its bytes. Those go with the request. */
export type TakenPicture = NewFile & { picture: Picture }

export const pictureField = 'input_reference'
export const PICTURE_MAX_BYTES = 20 * 1024 * 1024
/** As base64 in JSON, beside all other fields. */
export const PICTURE_BODY_LIMIT = Math.ceil(PICTURE_MAX_BYTES / 3) * 4 + 512 * 1024

const faults: Record<PictureFault, Problem> = {
  unknown_type: problems.pictureType,
  empty: problems.pictureEmpty,
  truncated: problems.pictureBroken,
  broken: problems.pictureBroken,
  too_many_pixels: problems.picturePixels,
  several_frames: problems.pictureFrames,
  trailing_bytes: problems.pictureTrailing,
}

/**
 * The picture that a request came with, as a file of its form or by `reference`; undefined where there is none. Throws
 * ApiError for what is no picture that we take. The request holds its bytes, and lets them go when it ends.
 */
export async function takePicture(
  request: FastifyRequest,
  reference: string | null | undefined,
  fetchPicture: FetchPicture,
): Promise<TakenPicture | undefined> {
  if (request.spooled && reference != null) throw invalid(pictureField, problems.givenTwice)
  if (reference != null) request.spooled = await spoolReference(reference, fetchPicture)
  const file = request.spooled
  if (!file) return undefined
  const { type, width, height } = await inspect(file)
  const { bytes, sha256 } = file
  return { picture: { sha256, type, bytes, width, height }, type, stream: () => file.stream() }
}

async function inspect(file: SpooledFile) {
  try {
    return await inspectPicture(file)
  } catch (error) {
    if (error instanceof PictureError) throw invalid(pictureField, faults[error.code])
    throw error
  }
}

async function spoolReference(reference: string, fetchPicture: FetchPicture): Promise<SpooledFile> {
  try {
    if (!/^data:/i.test(reference.slice(0, 5))) return await fetchPicture(reference, PICTURE_MAX_BYTES)
    return await spool(bytesOfDataUrl(reference), { maxBytes: PICTURE_MAX_BYTES })
  } catch (error) {
    if (!(error instanceof SpoolError)) throw error
    throw error.code === 'too_large'
      ? new ApiError('payload_too_large')
      : invalid(pictureField, problems.pictureAddress)
  }
}
