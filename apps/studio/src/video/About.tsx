import type { Task } from '@reelay/contracts/task'
import { Link } from 'wouter-preact'
import { language } from '../i18n/language.ts'
import { dateAndTimeOf } from '../i18n/times.ts'
import { useStore } from '../store.ts'
import { videoPath } from './paths.ts'
import { formatDuration } from './time.ts'
import { useTexts } from './use-texts.ts'
import { useSourceIsDeleted } from './use-video.ts'

export function About({ task }: { task: Task }) {
  const { page: texts, lineage } = useTexts()
  const sourceIsDeleted = useSourceIsDeleted(task.videoId)
  const chosen = useStore(language)
  const when = (at: string) => dateAndTimeOf(Date.parse(at), chosen)
  const facts: [string, string | null][] = [
    [texts.model, task.model],
    [texts.size, task.size?.replace('x', ' × ') ?? null],
    [texts.seconds, task.seconds && formatDuration(Number(task.seconds) * 1000, chosen)],
    [texts.attempt, task.attempt > 1 ? String(task.attempt) : null],
    [texts.created, when(task.createdAt)],
    [texts.completed, task.completedAt && when(task.completedAt)],
    [texts.id, task.videoId],
    [texts.clientRequestId, task.clientRequestId],
  ]
  return (
    <section class="video-part" aria-labelledby="about-title">
      <h2 id="about-title">{texts.about}</h2>
      <dl class="video-facts">
        {facts.map(
          ([name, value]) =>
            value && (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ),
        )}
        {task.remixed_from && (
          <div>
            <dt>{texts.source}</dt>
            <dd>
              {sourceIsDeleted ? (
                `${task.remixed_from} · ${lineage.deleted}`
              ) : (
                <Link href={videoPath(task.remixed_from)}>{task.remixed_from}</Link>
              )}
            </dd>
          </div>
        )}
      </dl>
    </section>
  )
}
