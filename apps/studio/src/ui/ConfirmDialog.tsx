import type { ComponentChildren } from 'preact'
import { messageOf } from '../data/problem.ts'
import { useTexts } from '../i18n/texts.ts'
import { Button } from './Button.tsx'
import { Dialog } from './Dialog.tsx'
import { Notice } from './Notice.tsx'

type ConfirmDialogProps = {
  title: string
  text: string
  /** What the button that does it says. */
  confirm: string
  isDangerous?: boolean
  isPending: boolean
  error: Error | null
  onConfirm: () => void
  onClose: () => void
  children?: ComponentChildren
}

/** Says what would happen, and asks. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { title, text, confirm, isDangerous, isPending, error, onConfirm, onClose, children } = props
  const texts = useTexts()
  return (
    <Dialog title={title} onClose={onClose}>
      <p>{text}</p>
      {children}
      {error && <Notice look="problem">{messageOf(error, texts)}</Notice>}
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
