import { type DerivationKind, derivationKinds } from '@reelay/contracts/derivation'
import { VideoId } from '@reelay/contracts/task'
import type { Metadata, StoredClip, TaskRow } from '@reelay/db/schema'
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

/**
 * What a remix, an edit or an extension is made from as far as its row tells: upstream's id of it, which an upload has
 * none of. Undefined for a first video; throws where the source is not known.
 */
export function sourceIn(metadata: Metadata): (Source & { kind: DerivationKind }) | undefined {
  const { type, remix_from, remix_from_external: id } = metadata
  const kind = derivationKinds.find((kind) => kind === type)
  if (typeof id === 'string') return { kind: kind ?? 'remix', id }
  if (!kind && id === undefined) return undefined
  if (!kind || id !== undefined || !VideoId.safeParse(remix_from).success)
    throw new Error(`the ${kind ?? 'remix'} has no source`)
  return { kind }
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
