import { videoNotFound } from '../errors.ts'
import type { Video, Videos } from '../videos.ts'

export interface ById {
  Params: { id: string }
}

export function existing(videos: Videos, id: string): Video {
  const video = videos.find(id)
  if (!video) throw videoNotFound(id)
  return video
}
