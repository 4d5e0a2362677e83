import type { Task } from '@reelay/contracts/task'

const USUAL = 16 / 9

/** Width by height of a video, as it was asked for. */
export function aspectOf({ size }: Pick<Task, 'size'>): number {
  const [, width, height] = /^(\d+)x(\d+)$/.exec(size ?? '') ?? []
  const aspect = Number(width) / Number(height)
  return Number.isFinite(aspect) && aspect > 0 ? Math.min(Math.max(aspect, 1 / 4), 4) : USUAL
}
