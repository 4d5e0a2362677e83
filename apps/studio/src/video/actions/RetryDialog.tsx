import type { Task } from '@reelay/contracts/task'
import { useId, useState } from 'preact/hooks'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { useTexts } from '../use-texts.ts'
import { costOfRetry } from './cost-of-retry.ts'
import { useRetry } from './use-changes.ts'

/** Says what a retry may cost. Only where nobody knows what was made may one ask to pay all the same. */
export function RetryDialog({ task, onClose }: { task: Task; onClose: () => void }) {
  const texts = useTexts().actions
  const [force, setForce] = useState(false)
  const warning = useId()
  const { mutate, isPending, error } = useRetry(task, onClose)
  return (
    <ConfirmDialog
      title={texts.retryTitle}
      text={texts.retryCost[costOfRetry(task, force)]}
      confirm={texts.retryConfirm}
      isDangerous={force}
      {...{ isPending, error, onClose }}
      onConfirm={() => mutate(force)}
    >
      {task.errorCode === 'submission_unknown' && (
        <div class="retry-force">
          <label>
            <input
              type="checkbox"
              checked={force}
              aria-describedby={warning}
              onChange={({ currentTarget }) => setForce(currentTarget.checked)}
            />
            {texts.force}
          </label>
          <p id={warning} class="retry-warning">
            {texts.forceWarning}
          </p>
        </div>
      )}
    </ConfirmDialog>
  )
}
