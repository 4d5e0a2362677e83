import type { Task } from '@reelay/contracts/task'
import { isNotFound } from '../data/problem.ts'
import { useTask } from '../data/queries.ts'
import { ButtonLink } from '../ui/Button.tsx'
import { EmptyState } from '../ui/Notice.tsx'
import { Page } from '../ui/Page.tsx'
import { QueryView } from '../ui/QueryView.tsx'
import { Skeleton } from '../ui/Skeleton.tsx'
import { Comparison } from './compare/Comparison.tsx'
import { videoPath } from './paths.ts'
import { useTexts } from './use-texts.ts'
import { VideoView } from './VideoView.tsx'

export function ComparePage({ videoId }: { videoId: string }) {
  const texts = useTexts().compare
  const remix = useTask(videoId)
  return (
    <Page title={texts.title} aside={<ButtonLink href={videoPath(videoId)}>{texts.back}</ButtonLink>}>
      <VideoView query={remix} skeleton={<Skeleton ratio="16 / 9" />}>
        {(task) =>
          task.remixed_from ? (
            <WithSource remix={task} sourceId={task.remixed_from} />
          ) : (
            <EmptyState title={texts.noSource} />
          )
        }
      </VideoView>
    </Page>
  )
}

function WithSource({ remix, sourceId }: { remix: Task; sourceId: string }) {
  const texts = useTexts().compare
  const source = useTask(sourceId)
  if (isNotFound(source.error)) return <EmptyState title={texts.sourceGone} />
  return (
    <QueryView query={source} skeleton={<Skeleton ratio="16 / 9" />}>
      {(task) => {
        if (task.status !== 'COMPLETED') return <EmptyState title={texts.notPlayable(texts.source)} />
        if (remix.status !== 'COMPLETED') return <EmptyState title={texts.notPlayable(texts.remix)} />
        return <Comparison key={sourceId} source={task} remix={remix} />
      }}
    </QueryView>
  )
}
