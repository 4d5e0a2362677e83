import type { UpstreamReport } from '@reelay/contracts/upstreams'
import type { UseQueryResult } from '@tanstack/preact-query'
import { Skeleton } from '../ui/Skeleton.tsx'
import { Credential } from './Credential.tsx'
import { Report } from './Report.tsx'
import { useTexts } from './use-texts.ts'

export function Upstreams({ query }: { query: UseQueryResult<UpstreamReport[]> }) {
  const texts = useTexts().upstreams
  return (
    <div class="report-wide">
      <Report title={texts.title} query={query} skeleton={<Skeleton height="16rem" />}>
        {(upstreams) =>
          upstreams.length === 0 ? (
            <p class="soft">{texts.empty}</p>
          ) : (
            upstreams.map((upstream) => <Upstream key={upstream.name} upstream={upstream} />)
          )
        }
      </Report>
    </div>
  )
}

function Upstream({ upstream: { name, dialect, credentials } }: { upstream: UpstreamReport }) {
  const texts = useTexts().upstreams
  return (
    <div class="upstream">
      <h3 class="upstream-name">
        {name} <span class="soft small">{dialect === null ? texts.gone : texts.dialect(dialect)}</span>
      </h3>
      <ul class="credentials">
        {credentials.map((credential) => (
          <li key={credential.name} class="credential">
            <Credential credential={credential} />
          </li>
        ))}
      </ul>
    </div>
  )
}
