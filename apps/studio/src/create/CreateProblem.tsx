import { ReelayError } from '@reelay/client/client'
import { Link } from 'wouter-preact'
import { messageOf } from '../data/problem.ts'
import { useTexts } from '../i18n/texts.ts'
import { Notice } from '../ui/Notice.tsx'

/** Why no video is being made. Of what upstream refused there is a task, which says more. */
export function CreateProblem({ error }: { error: unknown }) {
  const texts = useTexts()
  const { videoId, upstreamMessage } = detailsOf(error)
  return (
    <Notice look="problem">
      <div>
        <p>{messageOf(error, texts)}</p>
        {upstreamMessage && <p class="small">{upstreamMessage}</p>}
        {videoId && <Link href={`/videos/${videoId}`}>{texts.create.toVideo}</Link>}
      </div>
    </Notice>
  )
}

function detailsOf(error: unknown): { videoId?: string; upstreamMessage?: string } {
  const details = error instanceof ReelayError ? error.details : undefined
  return typeof details === 'object' && details !== null && !Array.isArray(details) ? details : {}
}
