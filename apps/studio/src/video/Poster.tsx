import type { Task } from '@reelay/contracts/task'
import { useState } from 'preact/hooks'
import { aspectOf } from './aspect.ts'

/** A still picture of a video; where there is none, its room stays as it is. */
export function Poster({ task }: { task: Task }) {
  const poster = usePosterOf(task)
  const [isMissing, setIsMissing] = useState(false)
  return (
    <span class="poster" style={{ '--aspect': String(aspectOf(task)) }}>
      {poster && !isMissing && (
        <img src={poster} alt="" loading="lazy" decoding="async" onError={() => setIsMissing(true)} />
      )}
    </span>
  )
}

/** The address of a picture. Each answer of the api has another link: the first one is kept, so that nothing is loaded twice. */
export function usePosterOf({ videoUrl }: Task): string | undefined {
  const [first, setFirst] = useState(videoUrl)
  if (first === null && videoUrl !== null) setFirst(videoUrl)
  return first === null ? undefined : `${first}?variant=thumbnail`
}
