import { VideoId } from '@reelay/contracts/task'

export function newVideoId(): VideoId {
  const random = crypto.getRandomValues(new BigUint64Array(1))[0] ?? 0n
  return VideoId.parse(`video_${Date.now()}_${random.toString(36).padStart(13, '0')}`)
}
