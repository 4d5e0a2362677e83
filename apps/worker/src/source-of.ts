import { VideoId } from '@reelay/contracts/task'
import type { StoredClip, TaskRow } from '@reelay/db/schema'
import type { Tasks } from '@reelay/db/tasks'
import type { SubmitRequest } from '@reelay/upstream/client'
import type { Dialect } from '@reelay/upstream/dialect/dialect'
import { derivationFor, takesClip } from '@reelay/upstream/requests/derivation'
import type { StoredFiles } from './stored-files.ts'

type Source = NonNullable<SubmitRequest['source']>

const endings: Record<string, string> = {
  'video/mp4': 'mp4',
  'video/webm': 'webm',
  'video/quicktime': 'mov',
  'video/x-msvideo': 'avi',
  'video/x-matroska': 'mkv',
}

/** The source with its clip, where the dialect makes a video from that; undefined where only that would do, and it is gone. */
export async function withClip(
  source: Source,
  { userId, metadata }: TaskRow,
  { dialect, files, tasks }: { dialect: Dialect; files: StoredFiles; tasks: Pick<Tasks, 'findOwn'> },
): Promise<Source | undefined> {
  if (!takesClip(dialect, source)) return source
  const { data: name } = VideoId.safeParse(metadata.remix_from)
  const clip = name && (await tasks.findOwn(userId, name))?.clip
  if (clip) return { ...source, clip: attached(clip, files) }
  return derivationFor(dialect, source) ? source : undefined
}

function attached({ key, type, bytes }: StoredClip, files: StoredFiles) {
  return files.attach('the clip of the source', key, { type, bytes, name: `clip.${endings[type] ?? 'bin'}` })
}
