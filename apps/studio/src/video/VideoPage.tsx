import { useTask } from '../data/queries.ts'
import { Page } from '../ui/Page.tsx'
import { QueryView } from '../ui/QueryView.tsx'
import { Skeleton } from '../ui/Skeleton.tsx'

export function VideoPage({ videoId }: { videoId: string }) {
  const task = useTask(videoId)
  return (
    <Page title={task.data?.prompt ?? videoId}>
      <QueryView query={task} skeleton={<Skeleton ratio="16 / 9" />}>
        {({ status }) => <p>{status}</p>}
      </QueryView>
    </Page>
  )
}
