import { randomUUID } from 'node:crypto'
import { VideoId } from '@reelay/contracts/task'

/** The picture that a task was asked for with. Stored before the task's row is. */
export function pictureKey(videoId: VideoId): string {
  return `pictures/${videoId}`
}

/** For one try to store a task's clip: several may be under way, and the row names the one that counts. */
export function newClipKey(videoId: VideoId): string {
  return `${clipPrefix(videoId)}${randomUUID()}`
}

export function clipPrefix(videoId: VideoId): string {
  return `clips/${videoId}/`
}

export function ownerOf(key: string): VideoId | undefined {
  return VideoId.safeParse(key.split('/')[1]).data
}
