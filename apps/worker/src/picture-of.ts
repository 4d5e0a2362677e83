import { Picture } from '@reelay/contracts/task'
import type { TaskRow } from '@reelay/db/schema'
import { pictureKey } from '@reelay/media/object-keys'
import type { MediaStore } from '@reelay/media/store'
import type { Attachment } from '@reelay/upstream/attachment'

const endings: Record<Picture['type'], string> = {
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/webp': 'webp',
}

/** The picture that a task was asked for with; undefined where there is none. */
export function pictureOf(
  { videoId, metadata }: Pick<TaskRow, 'videoId' | 'metadata'>,
  store: Pick<MediaStore, 'open'>,
): Attachment | undefined {
  const { data: picture } = Picture.safeParse(metadata.input_reference)
  if (!picture) return undefined
  const { type, bytes } = picture
  return {
    type,
    bytes,
    name: `picture.${endings[type]}`,
    async open() {
      const body = await store.open(pictureKey(videoId))
      if (!body) throw new Error('the picture is no longer in the store')
      return body
    },
  }
}
