import type { Task } from '@reelay/contracts/task'
import { useTexts } from '../use-texts.ts'

export function Progress({ task: { status, progress, overdue } }: { task: Task }) {
  const texts = useTexts()
  return (
    <div class="player-progress">
      <p>
        <span>{texts.status[status]}</span>
        {status === 'PROCESSING' && <span class="player-percent">{progress} %</span>}
      </p>
      <progress
        aria-label={texts.player.progress}
        max={100}
        {...(status === 'PROCESSING' && { value: progress })}
      />
      {overdue && <p class="player-hint">{texts.player.overdue}</p>}
    </div>
  )
}
