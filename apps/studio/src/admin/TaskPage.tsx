import type { FoundTask } from '@reelay/contracts/operations'
import { useEffect } from 'preact/hooks'
import { ButtonLink } from '../ui/Button.tsx'
import { EmptyState } from '../ui/Notice.tsx'
import { Page } from '../ui/Page.tsx'
import { QueryView } from '../ui/QueryView.tsx'
import { Skeleton } from '../ui/Skeleton.tsx'
import { Explain } from '../video/explain/Explain.tsx'
import { Paid } from '../video/explain/Paid.tsx'
import { Timeline } from '../video/timeline/Timeline.tsx'
import { homePath, jobAddress, taskAddress } from './paths.ts'
import { Refresh } from './Refresh.tsx'
import { Report } from './Report.tsx'
import { TaskFacts } from './TaskFacts.tsx'
import { readAt, useExplanationOf, useFoundTasks, useRefresh, useTimelineOf } from './use-reports.ts'
import { useTexts } from './use-texts.ts'
import './admin.css'

/** A task as an operator needs it, whosever it is and be it deleted. */
export function TaskPage({ videoId }: { videoId: string }) {
  const texts = useTexts()
  const { refresh, isRefreshing } = useRefresh()
  const found = useFoundTasks(videoId)
  return (
    <Page
      title={texts.task.title}
      aside={<Refresh at={readAt([found])} isRefreshing={isRefreshing} onRefresh={refresh} />}
    >
      <p class="code task-name">{videoId}</p>
      <QueryView query={found} skeleton={<Skeleton height="24rem" />}>
        {({ tasks }) => {
          const task = tasks.find((each) => each.videoId === videoId)
          return task ? <Task task={task} onMoved={() => void found.refetch()} /> : <NoTask />
        }}
      </QueryView>
    </Page>
  )
}

function Task({ task, onMoved }: { task: FoundTask; onMoved: () => void }) {
  const texts = useTexts().task
  const explanation = useExplanationOf(task.videoId)
  const timeline = useTimelineOf(task.videoId)
  const state = explanation.data?.state
  // The feed tells an operator of no task that is another's.
  useEffect(() => {
    if (state && state !== task.status) onMoved()
  }, [state])
  return (
    <div class="reports">
      <Report title={texts.why} query={explanation} skeleton={<Skeleton height="8rem" />}>
        {(data) => (
          <>
            <Explain explanation={data} />
            <Paid paid={data.paid} />
          </>
        )}
      </Report>
      <TaskFacts task={task}>
        <p class="soft small">{texts.words}</p>
        <a href={taskAddress(task.videoId)}>{texts.jobs}</a>
        {task.lane && (
          <>
            <a href={jobAddress('poll', task.lane.id)}>{texts.lane}</a>
            <a href={task.lane.href}>{texts.laneTasks}</a>
          </>
        )}
      </TaskFacts>
      <div class="report-wide">
        <Report title={texts.timeline} query={timeline} skeleton={<Skeleton height="12rem" />}>
          {(data) => <Timeline timeline={data} />}
        </Report>
      </div>
    </div>
  )
}

function NoTask() {
  const texts = useTexts()
  return (
    <EmptyState title={texts.task.none}>
      <ButtonLink href={homePath}>{texts.back}</ButtonLink>
    </EmptyState>
  )
}
