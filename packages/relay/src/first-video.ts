import { UpstreamName } from '@reelay/contracts/credential'
import type { Picture } from '@reelay/contracts/task'
import { type FirstVideo, routesOf } from '@reelay/upstream/routes'
import type { Upstreams } from '@reelay/upstream/upstreams'
import type { Wanted } from './accept-task.ts'
import { RelayError } from './errors.ts'

export type FirstVideoDeps = { upstreams: Pick<Upstreams, 'registry'> }

export type FirstVideoRequest = Omit<Wanted, 'pinnedTo'> &
  Pick<FirstVideo, 'upstream'> & { picture?: Picture | undefined }

/**
 * What a client asks for where no earlier video is its source; `upstream` is the only one that will do. Throws
 * RelayError before a row exists where none could make it.
 */
export function firstVideoOf(
  { upstream, picture, ...wanted }: FirstVideoRequest,
  { upstreams: { registry } }: FirstVideoDeps,
): Wanted {
  if (upstream && !registry.upstream(upstream)) throw new RelayError('upstream_not_found')
  const { model, size, seconds } = wanted
  const { problem } = routesOf(registry, {
    model: model ?? null,
    size: size ?? null,
    seconds: seconds ?? null,
    upstream,
    picture,
  })
  if (problem) throw new RelayError('not_supported_upstream', [problem])
  return {
    ...wanted,
    metadata: { ...wanted.metadata, ...(picture && { input_reference: picture }) },
    ...(upstream && { pinnedTo: UpstreamName.parse(upstream) }),
  }
}
