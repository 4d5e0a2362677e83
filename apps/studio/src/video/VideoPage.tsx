import type { Task } from '@reelay/contracts/task'
import { useTask } from '../data/queries.ts'
import { Page } from '../ui/Page.tsx'
import { QueryView } from '../ui/QueryView.tsx'
import { Skeleton } from '../ui/Skeleton.tsx'
import { About } from './About.tsx'
import { Actions } from './actions/Actions.tsx'
import { RemixForm } from './actions/RemixForm.tsx'
import { Explain } from './explain/Explain.tsx'
import { Paid } from './explain/Paid.tsx'
import { Family } from './lineage/Family.tsx'
import { Player } from './player/Player.tsx'
import { FullPrompt, titleOf } from './prompt.tsx'
import { Timeline } from './timeline/Timeline.tsx'
import { useTexts } from './use-texts.ts'
import { useExplanation, useTimeline } from './use-video.ts'
import { VideoView } from './VideoView.tsx'
import './video.css'

export function VideoPage({ videoId }: { videoId: string }) {
  const texts = useTexts()
  const task = useTask(videoId)
  return (
    <Page
      title={task.data ? titleOf(task.data, texts) : texts.page.title}
      aside={task.data && <p class="video-status">{texts.status[task.data.status]}</p>}
    >
      <VideoView query={task} skeleton={<Skeleton height="70vh" />}>
        {(task) => <Video task={task} />}
      </VideoView>
    </Page>
  )
}

function Video({ task }: { task: Task }) {
  const texts = useTexts()
  const explanation = useExplanation(task)
  const timeline = useTimeline(task)
  return (
    <div class="video">
      <div class="video-main">
        <FullPrompt task={task} />
        <Player task={task} />
        <QueryView query={explanation} skeleton={<Skeleton height="3.5rem" />}>
          {(explanation) => <Explain explanation={explanation} />}
        </QueryView>
        <Actions task={task} />
      </div>
      <div class="video-side">
        {task.status === 'COMPLETED' && (
          <section class="video-part" aria-labelledby="remix-title">
            <h2 id="remix-title">{texts.remix.title}</h2>
            <RemixForm task={task} />
          </section>
        )}
        <About task={task} />
      </div>
      <section class="video-part video-family" aria-labelledby="family-title">
        <h2 id="family-title">{texts.lineage.title}</h2>
        <Family videoId={task.videoId} />
      </section>
      <section class="video-part video-past" aria-labelledby="timeline-title">
        <h2 id="timeline-title">{texts.timeline.title}</h2>
        <QueryView query={timeline} skeleton={<Skeleton height="12rem" />}>
          {(timeline) => <Timeline timeline={timeline} />}
        </QueryView>
        {explanation.data && <Paid paid={explanation.data.paid} />}
      </section>
    </div>
  )
}
