import { VideoId } from '@reelay/contracts/task'
import type { Metadata } from '@reelay/db/schema'
import type { Tasks } from '@reelay/db/tasks'
import type { Wanted } from './accept-task.ts'
import { RelayError } from './errors.ts'
import type { Named } from './get-own-task.ts'

export type RemixOfDeps = { tasks: Pick<Tasks, 'findSource'> }

type Remix = Pick<Wanted, 'prompt' | 'model'> & { metadata?: Metadata | null | undefined }

export async function remixOf(
  { user, videoId }: Named,
  { prompt, model, metadata }: Remix,
  { tasks }: RemixOfDeps,
): Promise<Wanted> {
  const name = VideoId.safeParse(videoId).data
  const source = name && (await tasks.findSource(user, name))
  if (!source) throw new RelayError('source_not_found')
  if (source.status !== 'COMPLETED') throw new RelayError('source_not_completed')
  if (source.externalTaskId === null) throw new RelayError('source_not_remixable')
  return {
    prompt,
    model: model ?? source.model,
    size: source.size,
    seconds: source.seconds,
    metadata: {
      ...metadata,
      type: 'remix',
      remix_from: source.videoId,
      remix_from_external: source.externalTaskId,
    },
  }
}
