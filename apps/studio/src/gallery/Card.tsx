import type { Task } from '@reelay/client/client'
import { Link } from 'wouter-preact'
import { useTexts } from '../i18n/texts.ts'
import { Poster } from '../poster/Poster.tsx'
import { StatusText } from '../poster/StatusText.tsx'
import { Skeleton } from '../ui/Skeleton.tsx'
import { Time } from '../ui/Time.tsx'
import './card.css'

export function Card({ task }: { task: Task }) {
  const { gallery } = useTexts()
  const { videoId, prompt, seconds, remixed_from, createdAt } = task
  return (
    <article class="card">
      <Poster task={task} />
      <h2 class="card-title">
        {/* Its edges are those of the card, so that all of it can be clicked. */}
        <Link href={`/videos/${videoId}`} class="card-link">
          {prompt || videoId}
        </Link>
      </h2>
      <p class="card-facts">
        <StatusText task={task} />
        {remixed_from && <span>{gallery.remix}</span>}
        {seconds && <span>{gallery.seconds(seconds)}</span>}
        <Time at={createdAt} />
      </p>
    </article>
  )
}

const twelve = Array.from({ length: 12 }, (_, i) => i)

export function CardSkeletons() {
  return (
    <div class="cards">
      {twelve.map((i) => (
        <div key={i} class="card">
          <Skeleton ratio="16 / 9" />
          <div class="card-title">
            <Skeleton width="80%" />
          </div>
          <div class="card-facts">
            <Skeleton width="9rem" />
          </div>
        </div>
      ))}
    </div>
  )
}
