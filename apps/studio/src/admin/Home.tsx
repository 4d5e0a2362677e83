import { Page } from '../ui/Page.tsx'
import { Doubts } from './Doubts.tsx'
import { Queues } from './Queues.tsx'
import { Refresh } from './Refresh.tsx'
import { Search } from './Search.tsx'
import { Upstreams } from './Upstreams.tsx'
import { readAt, useDoubts, useQueues, useRefresh, useUpstreams } from './use-reports.ts'
import { useTexts } from './use-texts.ts'
import './admin.css'

/** How everything is doing: what is in doubt, the queues, the upstreams, and a search by any id. */
export function Home() {
  const texts = useTexts()
  const { refresh, isRefreshing } = useRefresh()
  const [doubts, queues, upstreams] = [useDoubts(), useQueues(), useUpstreams()]
  const at = readAt([doubts, queues, upstreams])
  return (
    <Page title={texts.title} aside={<Refresh at={at} isRefreshing={isRefreshing} onRefresh={refresh} />}>
      <div class="reports">
        <Search />
        <Queues query={queues} />
        <Doubts query={doubts} />
        <Upstreams query={upstreams} />
      </div>
    </Page>
  )
}
