import type { Task } from '@reelay/contracts/task'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { shortened } from '../shortened.ts'
import { useTexts } from '../use-texts.ts'
import { RemixForm } from './RemixForm.tsx'

/** The remix box of any video of the family. */
export function RemixDialog({ task, onClose }: { task: Task; onClose: () => void }) {
  const texts = useTexts().remix
  return (
    <Dialog title={texts.open(shortened(task.prompt, 60))} onClose={onClose}>
      <RemixForm task={task} />
      <div class="dialog-actions">
        <Button onClick={onClose}>{texts.close}</Button>
      </div>
    </Dialog>
  )
}
