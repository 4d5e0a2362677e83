import { credentialOf } from '@reelay/contracts/credential'
import { type Picture, VideoId } from '@reelay/contracts/task'
import type { Metadata } from '@reelay/db/schema'
import type { Tasks } from '@reelay/db/tasks'
import { modelsOf } from '@reelay/upstream/routes'
import { unsupportedBy } from '@reelay/upstream/supports'
import type { Upstreams } from '@reelay/upstream/upstreams'
import type { Wanted } from './accept-task.ts'
import { RelayError } from './errors.ts'
import type { Named } from './get-own-task.ts'

export type RemixOfDeps = { tasks: Pick<Tasks, 'findSource'>; upstreams: Pick<Upstreams, 'registry'> }

type Remix = Pick<Wanted, 'prompt' | 'model'> & {
  metadata?: Metadata | null | undefined
  picture?: Picture | undefined
}

export async function remixOf(
  { user, videoId }: Named,
  { prompt, model, metadata, picture }: Remix,
  { tasks, upstreams: { registry } }: RemixOfDeps,
): Promise<Wanted> {
  const name = VideoId.safeParse(videoId).data
  const source = name && (await tasks.findSource(user, name))
  if (!source) throw new RelayError('source_not_found')
  if (source.status !== 'COMPLETED') throw new RelayError('source_not_completed')
  if (source.externalTaskId === null) throw new RelayError('source_not_remixable')
  const credential = credentialOf(source)
  const upstream = registry.upstreamOf(credential)
  if (!upstream) throw new RelayError('source_upstream_gone')
  const models = modelsOf(upstream)
  const isAnother = model && source.model && ![model, models[model]].includes(source.model)
  const asked = { source: { id: source.externalTaskId }, model: isAnother ? model : null, picture }
  const problem = unsupportedBy(upstream.dialect, asked, models)
  if (problem) throw new RelayError('not_supported_upstream', [problem])
  return {
    prompt,
    model: model ?? source.model,
    size: source.size,
    seconds: source.seconds,
    pinnedTo: credential,
    metadata: {
      ...metadata,
      type: 'remix',
      remix_from: source.videoId,
      remix_from_external: source.externalTaskId,
      ...(picture && { input_reference: picture }),
    },
  }
}
