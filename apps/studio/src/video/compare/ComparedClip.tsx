import type { Task } from '@reelay/contracts/task'
import type { RefObject } from 'preact'
import { useClip } from '../player/use-clip.ts'
import { shortened } from '../shortened.ts'
import { useTexts } from '../use-texts.ts'

type Props = {
  task: Task
  name: string
  side: 'source' | 'remix'
  elementRef: RefObject<HTMLVideoElement>
}

/** One of the two clips. Its player stays there whatever becomes of its link, as the pair holds on to it. */
export function ComparedClip({ task, name, side, elementRef }: Props) {
  const texts = useTexts().player
  const clip = useClip(task.videoId, elementRef)
  return (
    <figure class={`compare-clip ${side}`}>
      <video
        ref={elementRef}
        muted
        playsInline
        preload="auto"
        aria-label={`${name}: ${shortened(task.prompt, 120)}`}
        {...(clip.url && { src: clip.url })}
        {...clip.handlers}
      />
      <figcaption>{name}</figcaption>
      {clip.state !== 'ready' && (
        <p class="compare-trouble" role="alert">
          {clip.message ?? (clip.state === 'gone' ? texts.gone : texts.trouble)}
        </p>
      )}
    </figure>
  )
}
