import { Picture } from '@reelay/contracts/task'
import type { TaskRow } from '@reelay/db/schema'
import { pictureKey } from '@reelay/media/object-keys'
import type { Attachment } from '@reelay/upstream/attachment'
import type { StoredFiles } from './stored-files.ts'

const endings: Record<Picture['type'], string> = {
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/webp': 'webp',
}

export function pictureOf(
  { videoId, metadata }: Pick<TaskRow, 'videoId' | 'metadata'>,
  files: StoredFiles,
): Attachment | undefined {
  const { data: picture } = Picture.safeParse(metadata.input_reference)
  if (!picture) return undefined
  const { type, bytes } = picture
  return files.attach('the picture', pictureKey(videoId), { type, bytes, name: `picture.${endings[type]}` })
}
