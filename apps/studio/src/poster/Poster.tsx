import type { Task } from '@reelay/client/client'
import { useMemo, useState } from 'preact/hooks'
import { feedReturns } from '../data/data.tsx'
import { useTexts } from '../i18n/texts.ts'
import { useStore } from '../store.ts'
import { hueOf, ratioOf } from './look.ts'
import { posterAddress } from './poster-address.ts'
import './poster.css'

/** The still picture of a video in a frame of 16:9, a drawn one until there is any, and how far it is. */
export function Poster({ task }: { task: Task }) {
  const ratio = ratioOf(task.size)
  return (
    <div class="still">
      <div class="still-picture" style={{ aspectRatio: ratio, '--hue': hueOf(task.videoId) }}>
        <span class="still-words" aria-hidden="true">
          {firstWords(task.prompt)}
        </span>
        <PosterImage key={task.status} task={task} />
      </div>
      <Progress task={task} />
    </div>
  )
}

/** Stands before the drawn picture, and is not seen before it is there. */
function PosterImage({ task }: { task: Task }) {
  const returns = useStore(feedReturns)
  // Not with each link of the task: every answer has another one.
  const address = useMemo(() => posterAddress(task, returns), [returns])
  const [failed, setFailed] = useState<typeof address>()
  const [isThere, setThere] = useState(false)
  if (!address.url || failed === address) return null
  return (
    <img
      class={`still-image ${isThere ? 'there' : ''}`}
      src={address.url}
      alt=""
      loading="lazy"
      decoding="async"
      onLoad={() => {
        address.loaded()
        setThere(true)
      }}
      onError={() => {
        address.failed()
        setFailed(address)
        setThere(false)
      }}
    />
  )
}

function Progress({ task: { status, progress } }: { task: Task }) {
  const { status: words } = useTexts()
  if (status !== 'PROCESSING' && status !== 'QUEUED') return null
  return (
    <div
      class="still-progress"
      role="progressbar"
      aria-label={words[status]}
      aria-valuenow={progress}
      aria-valuemin={0}
      aria-valuemax={100}
    >
      <div class="still-progress-done" style={{ transform: `scaleX(${progress / 100})` }} />
    </div>
  )
}

function firstWords(prompt: string): string {
  return prompt.length > 80 ? `${prompt.slice(0, 80).trimEnd()}…` : prompt
}
