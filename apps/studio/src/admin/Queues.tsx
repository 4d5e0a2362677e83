import type { QueueReport, QueueReports } from '@reelay/contracts/operations'
import type { UseQueryResult } from '@tanstack/preact-query'
import { Notice } from '../ui/Notice.tsx'
import { Skeleton } from '../ui/Skeleton.tsx'
import { useCountdown } from './clock.ts'
import { boardAddress } from './paths.ts'
import { Report } from './Report.tsx'
import { useTexts } from './use-texts.ts'

export function Queues({ query }: { query: UseQueryResult<QueueReports> }) {
  const texts = useTexts().queues
  return (
    <Report
      title={texts.title}
      aside={<a href={boardAddress}>{texts.board}</a>}
      query={query}
      skeleton={<Skeleton height="9.5rem" />}
    >
      {({ queues, workers }) => (
        <>
          {workers === 0 ? (
            <Notice look="warning">{texts.noWorkers}</Notice>
          ) : (
            <p class="soft">{texts.workers(workers)}</p>
          )}
          <table class="figures">
            <thead>
              <tr>
                <th scope="col">{texts.queue}</th>
                <th scope="col">{texts.waiting}</th>
                <th scope="col">{texts.active}</th>
                <th scope="col">{texts.delayed}</th>
              </tr>
            </thead>
            <tbody>
              {queues.map((queue) => (
                <Row key={queue.name} queue={queue} />
              ))}
            </tbody>
          </table>
        </>
      )}
    </Report>
  )
}

function Row({ queue }: { queue: QueueReport }) {
  const texts = useTexts().queues
  const left = useCountdown(queue.pausedUntil)
  const pause = queue.paused ? texts.paused : left && texts.pausedFor(left)
  return (
    <tr>
      <th scope="row">
        {texts.names[queue.name]} {pause && <span class="pause">{pause}</span>}
      </th>
      <td>{queue.waiting}</td>
      <td>{queue.active}</td>
      <td>{queue.delayed}</td>
    </tr>
  )
}
