export type Picture = { type: 'image/jpeg' | 'image/png' | 'image/webp'; width: number; height: number }

export type PictureFault =
  | 'unknown_type'
  | 'empty'
  | 'truncated'
  | 'broken'
  | 'too_many_pixels'
  | 'several_frames'
  | 'trailing_bytes'

/** These bytes are no picture that we take. The message tells people why. */
export class PictureError extends Error {
  code: PictureFault
  constructor(code: PictureFault, message: string) {
    super(message)
    this.code = code
  }
}

export type Walked = { width: number; height: number; end: number }

export const MAX_PIXELS = 16_800_000

/** Chunks or segments: more than any program writes into 20 MiB. */
export const MAX_PARTS = 5000

export function checkSize(width: number, height: number): void {
  if (width === 0 || height === 0) throw broken('the picture has no width or no height')
  if (width * height <= MAX_PIXELS) return
  throw new PictureError('too_many_pixels', `the picture has more than ${MAX_PIXELS} pixels`)
}

export function broken(why: string): PictureError {
  return new PictureError('broken', why)
}

export function truncated(): PictureError {
  return new PictureError('truncated', 'the file ends before the picture does')
}

export function severalFrames(): PictureError {
  return new PictureError('several_frames', 'the picture has more than one frame')
}
