export type ClipType = 'video/mp4' | 'video/webm' | 'video/quicktime' | 'video/x-msvideo'

export type Clip = {
  type: ClipType
  /** Null where the file does not say. */
  seconds: number | null
  width: number | null
  height: number | null
}

export type ClipFault = 'unknown_type' | 'empty' | 'truncated' | 'broken' | 'no_video'

/** These bytes are no clip, or not all of it. The message tells people why. */
export class ClipError extends Error {
  code: ClipFault
  constructor(code: ClipFault, message: string) {
    super(message)
    this.code = code
  }
}

export type Facts = Omit<Clip, 'type'>

/** Boxes, chunks or elements that are looked at in one file: more than any clip has that we take. */
export const MAX_PARTS = 100_000

export function broken(why: string): ClipError {
  return new ClipError('broken', why)
}

export function truncated(): ClipError {
  return new ClipError('truncated', 'the file ends before the clip does')
}

export function empty(): ClipError {
  return new ClipError('empty', 'the file has no bytes')
}

export function unknownType(): ClipError {
  return new ClipError('unknown_type', 'the file is no MP4, QuickTime, WebM or AVI clip')
}

export function noVideo(): ClipError {
  return new ClipError('no_video', 'the file has no pictures that move')
}
