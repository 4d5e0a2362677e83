import { credentialOf, UpstreamName, upstreamOf } from '@reelay/contracts/credential'
import type { DerivationKind } from '@reelay/contracts/derivation'
import { type Picture, VideoId } from '@reelay/contracts/task'
import type { Metadata } from '@reelay/db/schema'
import type { Tasks } from '@reelay/db/tasks'
import type { Source } from '@reelay/db/tasks/source'
import type { FileKind } from '@reelay/upstream/attachment'
import { modelsOf, routesOf } from '@reelay/upstream/routes'
import type { Unsupported } from '@reelay/upstream/supports'
import type { Upstreams } from '@reelay/upstream/upstreams'
import type { Wanted } from './accept-task.ts'
import { RelayError } from './errors.ts'
import type { Named } from './get-own-task.ts'
import { clipOf, problemWithSource, whyNoClip } from './source-clip.ts'

export type DerivationOfDeps = { tasks: Pick<Tasks, 'findSource'>; upstreams: Pick<Upstreams, 'registry'> }

/**
 * What is to be made from a task's video. `upstream` is the only one that will do; a video that upstream made leaves
 * no choice. An extension says how long it is; what else is derived is as long as its source.
 */
export type NewDerivation = Pick<Wanted, 'prompt' | 'model'> & {
  upstream?: string | null | undefined
  metadata?: Metadata | null | undefined
  picture?: Picture | undefined
} & Length

type Length =
  | { kind: Exclude<DerivationKind, 'extension'>; seconds?: undefined }
  | { kind: 'extension'; seconds: string }

/**
 * What a remix, an edit or an extension of a user's COMPLETED task is asked for with. Throws RelayError before a row
 * exists where it can't be made.
 */
export async function derivationOf(
  { user, videoId }: Named,
  derivation: NewDerivation,
  { tasks, upstreams: { registry } }: DerivationOfDeps,
): Promise<Wanted> {
  const name = VideoId.safeParse(videoId).data
  const source = name && (await tasks.findSource(user, name))
  if (!source) throw new RelayError('source_not_found')
  if (source.status !== 'COMPLETED') throw new RelayError('source_not_completed')
  checkUpstream(derivation, registry)
  const { kind, prompt, model, seconds, metadata, picture } = derivation
  const pinnedTo = pinnedBy(source, derivation, registry)
  return {
    prompt,
    model: model ?? source.model,
    size: source.size,
    seconds: seconds ?? source.seconds,
    ...(pinnedTo && { pinnedTo }),
    metadata: {
      ...metadata,
      type: kind,
      remix_from: source.videoId,
      ...(source.externalTaskId && { remix_from_external: source.externalTaskId }),
      ...(picture && { input_reference: picture }),
    },
  }
}

type Registry = DerivationOfDeps['upstreams']['registry']

/** The credential that made the source. An upload is any upstream's that makes a video from a clip: then the client's choice. */
function pinnedBy(source: Source, derivation: NewDerivation, registry: Registry): Wanted['pinnedTo'] {
  if (source.externalTaskId !== null) return pinnedByVideo(source, derivation, registry)
  if (source.metadata.type !== 'upload') throw new RelayError('source_not_remixable')
  const clip = clipOf(source)
  if (!clip) throw unsupported({ field: 'source', message: `needs its clip, ${whyNoClip(source)}` })
  checkTakesClip(clip, derivation, registry)
  return derivation.upstream ? UpstreamName.parse(derivation.upstream) : undefined
}

/** Throws RelayError where no upstream, or not the one that is asked for, makes this from a clip that none knows. */
export function checkTakesClip(clip: FileKind, derivation: NewDerivation, registry: Registry): void {
  checkUpstream(derivation, registry)
  const { kind, model = null, picture, upstream } = derivation
  const seconds = derivation.seconds ?? null
  const { problem } = routesOf(registry, { kind, model, seconds, clip, picture, upstream })
  if (problem) throw unsupported(problem)
}

function checkUpstream({ upstream }: NewDerivation, registry: Registry): void {
  if (upstream && !registry.upstream(upstream)) throw new RelayError('upstream_not_found')
}

function pinnedByVideo(
  source: Source,
  { kind, model, seconds, picture, upstream: wanted }: NewDerivation,
  registry: Registry,
) {
  const credential = credentialOf(source)
  const upstream = registry.upstreamOf(credential)
  if (!upstream) throw new RelayError('source_upstream_gone')
  if (wanted && wanted !== upstreamOf(credential))
    throw unsupported({ field: 'upstream', message: `must be ${upstream.name}, which made the source` })
  const models = modelsOf(upstream)
  const isAnother = model && source.model && ![model, models[model]].includes(source.model)
  const asked = { kind, model: isAnother ? model : null, seconds: seconds ?? null, picture }
  const problem = problemWithSource(source, asked, upstream)
  if (problem) throw unsupported(problem)
  return credential
}

function unsupported(problem: Unsupported): RelayError {
  return new RelayError('not_supported_upstream', [problem])
}
