import type { Task } from '@reelay/contracts/task'
import { aspectOf } from '../aspect.ts'
import { useTexts } from '../use-texts.ts'
import { Clip } from './Clip.tsx'
import { Failure } from './Failure.tsx'
import { Progress } from './Progress.tsx'
import './player.css'

/** The video, or what there is to say in its place. Its room is reserved from the start. */
export function Player({ task }: { task: Task }) {
  const texts = useTexts().player
  return (
    <div class="player">
      <div
        class="player-stage"
        style={{ aspectRatio: String(aspectOf(task)), '--aspect': String(aspectOf(task)) }}
      >
        <Stage task={task} />
      </div>
      {task.archiving && <p class="player-note">{texts.archiving}</p>}
      {task.archiveError && <p class="player-note">{texts.archiveLost}</p>}
    </div>
  )
}

function Stage({ task }: { task: Task }) {
  const texts = useTexts().player
  switch (task.status) {
    case 'QUEUED':
    case 'PROCESSING':
      return <Progress task={task} />
    case 'FAILED':
      return <Failure task={task} />
    case 'CANCELLED':
      return <p class="player-message">{texts.cancelled}</p>
    case 'COMPLETED':
      return <Clip task={task} />
  }
}
