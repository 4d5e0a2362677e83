import { type Problem, problems } from '@reelay/contracts/problems'
import type { Picture } from '@reelay/contracts/task'
import { inspectPicture } from '@reelay/media/pictures/inspect-picture'
import { PictureError, type PictureFault } from '@reelay/media/pictures/picture'
import { SpoolError, type SpooledFile, spool } from '@reelay/media/spool'
import type { NewFile } from '@reelay/relay/put-in-store'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { invalid, tooLarge } from '../http/errors.ts'
import { takeFile } from '../http/form-body.ts'
import { bytesOfDataUrl } from './data-url.ts'
import type { FetchPicture } from './fetch-picture.ts'

/** A picture as a request gave it: what is told of it, and its bytes, which whoever takes it lets go. */
export type TakenPicture = NewFile & AsyncDisposable & { picture: Picture }

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
 * ApiError for what is no picture that we take.
 */
export async function takePicture(
  request: FastifyRequest,
  reply: FastifyReply,
  reference: string | null | undefined,
  fetchPicture: FetchPicture,
): Promise<TakenPicture | undefined> {
  if (request.spooled && reference != null) throw invalid(pictureField, problems.givenTwice)
  const file =
    takeFile(request, reply) ?? (reference != null && (await spoolReference(reference, fetchPicture)))
  if (!file) return undefined
  await using held = new AsyncDisposableStack()
  held.use(file)
  const { type, width, height } = await inspect(file)
  const { bytes, sha256 } = file
  const letGo = held.move()
  return {
    picture: { sha256, type, bytes, width, height },
    type,
    stream: () => file.stream(),
    [Symbol.asyncDispose]: () => letGo.disposeAsync(),
  }
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
      ? tooLarge(pictureField, PICTURE_MAX_BYTES)
      : invalid(pictureField, problems.pictureAddress)
  }
}
