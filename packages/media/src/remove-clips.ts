import type { VideoId } from '@reelay/contracts/task'
import { clipPrefix } from './object-keys.ts'
import type { MediaStore } from './store.ts'

export async function removeClips(
  videoId: VideoId,
  store: Pick<MediaStore, 'list' | 'remove'>,
): Promise<void> {
  for await (const { key } of store.list(clipPrefix(videoId))) await store.remove(key)
}
