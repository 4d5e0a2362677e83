import { credentialOf, UpstreamName, upstreamOf } from '@reelay/contracts/credential'
import { type Picture, VideoId } from '@reelay/contracts/task'
import type { Metadata } from '@reelay/db/schema'
import type { Tasks } from '@reelay/db/tasks'
import type { Source } from '@reelay/db/tasks/source'
import { modelsOf, routesOf } from '@reelay/upstream/routes'
import type { Unsupported } from '@reelay/upstream/supports'
import type { Upstreams } from '@reelay/upstream/upstreams'
import type { Wanted } from './accept-task.ts'
import { RelayError } from './errors.ts'
import type { Named } from './get-own-task.ts'
import { clipOf, problemWithSource, whyNoClip } from './source-clip.ts'

export type RemixOfDeps = { tasks: Pick<Tasks, 'findSource'>; upstreams: Pick<Upstreams, 'registry'> }

/** `upstream` is the only one that will do; a video that upstream made leaves no choice. */
type Remix = Pick<Wanted, 'prompt' | 'model'> & {
  upstream?: string | null | undefined
  metadata?: Metadata | null | undefined
  picture?: Picture | undefined
}

/** What a remix of a user's COMPLETED task is asked for with. Refused before a row exists where it can't be made. */
export async function remixOf(
  { user, videoId }: Named,
  remix: Remix,
  { tasks, upstreams: { registry } }: RemixOfDeps,
): Promise<Wanted> {
  const name = VideoId.safeParse(videoId).data
  const source = name && (await tasks.findSource(user, name))
  if (!source) throw new RelayError('source_not_found')
  if (source.status !== 'COMPLETED') throw new RelayError('source_not_completed')
  if (remix.upstream && !registry.upstream(remix.upstream)) throw new RelayError('upstream_not_found')
  const { prompt, model, metadata, picture } = remix
  const pinnedTo = pinnedBy(source, remix, registry)
  return {
    prompt,
    model: model ?? source.model,
    size: source.size,
    seconds: source.seconds,
    ...(pinnedTo && { pinnedTo }),
    metadata: {
      ...metadata,
      type: 'remix',
      remix_from: source.videoId,
      ...(source.externalTaskId && { remix_from_external: source.externalTaskId }),
      ...(picture && { input_reference: picture }),
    },
  }
}

type Registry = RemixOfDeps['upstreams']['registry']

/** The credential that made the source. An upload is any upstream's that makes a video from a clip: then the client's choice. */
function pinnedBy(source: Source, remix: Remix, registry: Registry): Wanted['pinnedTo'] {
  if (source.externalTaskId !== null) return pinnedByVideo(source, remix, registry)
  if (source.metadata.type !== 'upload') throw new RelayError('source_not_remixable')
  const { model, picture, upstream } = remix
  const clip = clipOf(source)
  if (!clip) throw unsupported({ field: 'source', message: `needs its clip, ${whyNoClip(source)}` })
  const { problem } = routesOf(registry, { model: model ?? null, clip, picture, upstream })
  if (problem) throw unsupported(problem)
  return upstream ? UpstreamName.parse(upstream) : undefined
}

function pinnedByVideo(source: Source, { model, picture, upstream: wanted }: Remix, registry: Registry) {
  const credential = credentialOf(source)
  const upstream = registry.upstreamOf(credential)
  if (!upstream) throw new RelayError('source_upstream_gone')
  if (wanted && wanted !== upstreamOf(credential))
    throw unsupported({ field: 'upstream', message: `must be ${upstream.name}, which made the source` })
  const models = modelsOf(upstream)
  const isAnother = model && source.model && ![model, models[model]].includes(source.model)
  const problem = problemWithSource(source, { model: isAnother ? model : null, picture }, upstream)
  if (problem) throw unsupported(problem)
  return credential
}

function unsupported(problem: Unsupported): RelayError {
  return new RelayError('not_supported_upstream', [problem])
}
