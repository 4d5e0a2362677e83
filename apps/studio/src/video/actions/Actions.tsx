import type { Task } from '@reelay/contracts/task'
import { useState } from 'preact/hooks'
import { messageOf } from '../../data/problem.ts'
import { useTexts as useStudioTexts } from '../../i18n/texts.ts'
import { Button, ButtonLink } from '../../ui/Button.tsx'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { comparePath } from '../paths.ts'
import { useTexts } from '../use-texts.ts'
import { useSourceIsDeleted } from '../use-video.ts'
import { RetryDialog } from './RetryDialog.tsx'
import { useCancel, useDelete, useDownload } from './use-changes.ts'

type Asked = 'cancel' | 'retry' | 'delete'

export function Actions({ task }: { task: Task }) {
  const texts = useTexts()
  const studio = useStudioTexts()
  const [asked, setAsked] = useState<Asked>()
  const download = useDownload(task)
  const sourceIsDeleted = useSourceIsDeleted(task.videoId)
  const close = () => setAsked(undefined)
  const isUnfinished = task.status === 'QUEUED' || task.status === 'PROCESSING'
  const isRetryable = task.status === 'FAILED' || task.status === 'CANCELLED'
  return (
    // biome-ignore lint/a11y/useSemanticElements: these are no fields of a form
    <div class="actions" role="group" aria-label={texts.actions.label}>
      {task.status === 'COMPLETED' && task.remixed_from && !sourceIsDeleted && (
        <ButtonLink href={comparePath(task.videoId)}>{texts.page.compare}</ButtonLink>
      )}
      {task.status === 'COMPLETED' && (
        <Button onClick={() => download.mutate()}>{texts.page.download}</Button>
      )}
      {isUnfinished && <Button onClick={() => setAsked('cancel')}>{texts.actions.cancel}</Button>}
      {isRetryable && <Button onClick={() => setAsked('retry')}>{texts.actions.retry}</Button>}
      {!isUnfinished && <Button onClick={() => setAsked('delete')}>{texts.actions.delete}</Button>}
      {download.error && <Notice look="problem">{messageOf(download.error, studio)}</Notice>}
      {asked === 'cancel' && <CancelDialog task={task} onClose={close} />}
      {asked === 'retry' && <RetryDialog task={task} onClose={close} />}
      {asked === 'delete' && <DeleteDialog task={task} onClose={close} />}
    </div>
  )
}

type Props = { task: Task; onClose: () => void }

function CancelDialog({ task, onClose }: Props) {
  const texts = useTexts().actions
  const { mutate, isPending, error } = useCancel(task, onClose)
  return (
    <ConfirmDialog
      title={texts.cancelTitle}
      text={texts.cancelText}
      confirm={texts.cancelConfirm}
      isDangerous
      {...{ isPending, error, onClose }}
      onConfirm={() => mutate()}
    />
  )
}

function DeleteDialog({ task, onClose }: Props) {
  const texts = useTexts().actions
  const { mutate, isPending, error } = useDelete(task)
  return (
    <ConfirmDialog
      title={texts.deleteTitle}
      text={texts.deleteText}
      confirm={texts.deleteConfirm}
      isDangerous
      {...{ isPending, error, onClose }}
      onConfirm={() => mutate()}
    />
  )
}
