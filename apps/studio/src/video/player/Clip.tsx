import type { Task } from '@reelay/contracts/task'
import { useRef, useState } from 'preact/hooks'
import { feedReturns } from '../../data/data.tsx'
import { posterAddress } from '../../poster/poster-address.ts'
import { Button } from '../../ui/Button.tsx'
import { shortened } from '../shortened.ts'
import { useTexts } from '../use-texts.ts'
import { useClip } from './use-clip.ts'

export function Clip({ task }: { task: Task }) {
  const texts = useTexts().player
  const video = useRef<HTMLVideoElement>(null)
  const clip = useClip(task.videoId, video)
  // The first one stays: each answer of the api has another link.
  const [poster] = useState(() => posterAddress(task, feedReturns.get()).url)
  if (clip.state === 'gone') return <p class="player-message">{clip.message ?? texts.gone}</p>
  if (clip.state === 'trouble')
    return (
      <div class="player-message" role="alert">
        <p>{clip.message ?? texts.trouble}</p>
        <Button onClick={clip.retry}>{texts.tryAgain}</Button>
      </div>
    )
  return (
    <video
      ref={video}
      controls
      playsInline
      preload="metadata"
      aria-label={texts.label(shortened(task.prompt, 120))}
      {...(clip.url && { src: clip.url })}
      {...(poster && { poster })}
      {...clip.handlers}
    />
  )
}
