import type { DoubtfulSubmission, DoubtfulSubmissions } from '@reelay/contracts/operations'
import type { UseQueryResult } from '@tanstack/preact-query'
import { Link } from 'wouter-preact'
import { Skeleton } from '../ui/Skeleton.tsx'
import { Time } from '../ui/Time.tsx'
import { taskPath } from './paths.ts'
import { Report } from './Report.tsx'
import { useTexts } from './use-texts.ts'

export function Doubts({ query }: { query: UseQueryResult<DoubtfulSubmissions> }) {
  const texts = useTexts().doubts
  return (
    <Report title={texts.title} query={query} skeleton={<Skeleton height="6rem" />}>
      {({ submissions, truncated }) =>
        submissions.length === 0 ? (
          <p class="soft">{texts.empty}</p>
        ) : (
          <>
            <p class="soft small">{texts.hint}</p>
            <ul class="lines">
              {submissions.map((submission) => (
                <Line key={`${submission.videoId} ${submission.attempt}`} submission={submission} />
              ))}
            </ul>
            {truncated && <p class="soft small">{texts.truncated}</p>}
          </>
        )
      }
    </Report>
  )
}

function Line({ submission }: { submission: DoubtfulSubmission }) {
  const { videoId, attempt, outcome, credential, startedAt, status } = submission
  const texts = useTexts()
  const facts = [
    texts.doubts.outcomes[outcome],
    credential,
    attempt > 1 && texts.search.attempt(attempt),
    status === null ? texts.doubts.gone : texts.status[status],
  ].filter(Boolean)
  return (
    <li class="line">
      {status === null ? (
        <span class="code">{videoId}</span>
      ) : (
        <Link class="code" href={taskPath(videoId)}>
          {videoId}
        </Link>
      )}
      <span class="line-facts">{facts.join(' · ')}</span>
      <span class="soft small">
        <Time at={startedAt} />
      </span>
    </li>
  )
}
