import type { ComponentChildren } from 'preact'
import { messageOf } from '../../data/problem.ts'
import { useTexts as useStudioTexts } from '../../i18n/texts.ts'
import { Button } from '../../ui/Button.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { useTexts } from '../use-texts.ts'
import { Dialog } from './Dialog.tsx'

type Props = {
  title: string
  text: string
  confirm: string
  isDangerous?: boolean
  isPending: boolean
  error: Error | null
  onConfirm: () => void
  onClose: () => void
  children?: ComponentChildren
}

/** Says what would happen, and asks. */
export function ConfirmDialog(props: Props) {
  const { title, text, confirm, isDangerous, isPending, error, onConfirm, onClose, children } = props
  const texts = useTexts().actions
  const studio = useStudioTexts()
  return (
    <Dialog title={title} onClose={onClose}>
      <p>{text}</p>
      {children}
      {error && <Notice look="problem">{messageOf(error, studio)}</Notice>}
      <div class="dialog-actions">
        <Button onClick={onClose}>{texts.back}</Button>
        <Button
          look={isDangerous ? 'danger' : 'main'}
          aria-disabled={isPending}
          onClick={() => isPending || onConfirm()}
        >
          {confirm}
        </Button>
      </div>
    </Dialog>
  )
}
