import type { ExternalTaskId } from '@reelay/contracts/task'
import type { Dialect } from '../dialect/dialect.ts'
import type { RetrieveOutcome } from '../read-outcome.ts'
import { NotSentError } from '../submit/send-once.ts'
import type { Refused } from '../submit/submit-outcome.ts'
import { derivationFor, needsAddress, type SourceVideo } from './derivation.ts'

export type Retrieve = (id: ExternalTaskId) => Promise<RetrieveOutcome>

/**
 * The source as a dialect can name it: where only an address of its clip will do, upstream is asked for the present
 * one. Throws NotSentError when that can't be found out now.
 */
export async function withAddress(
  source: SourceVideo,
  dialect: Dialect,
  retrieve: Retrieve,
): Promise<SourceVideo | Refused> {
  if (source.id === undefined || derivationFor(dialect, source) || !needsAddress(dialect, source))
    return source
  const look = await retrieve(source.id)
  if (look.kind === 'trouble') throw new NotSentError(look.reason, false)
  const url = look.kind === 'video' && look.video.status === 'completed' ? look.video.url : undefined
  if (url !== undefined) return { ...source, url }
  return {
    kind: 'refused',
    errorCode: 'upstream_refused',
    message: 'upstream has no address of the source’s clip any more',
  }
}
