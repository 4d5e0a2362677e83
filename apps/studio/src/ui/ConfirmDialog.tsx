import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import { useTexts } from '../i18n/texts.ts'
import { Button } from './Button.tsx'
import './dialog.css'

type ConfirmDialogProps = {
  title: string
  /** What the button that does it says. */
  action: string
  busy?: boolean
  onConfirm: () => void
  onClose: () => void
  children: ComponentChildren
}

/** Asks before something is done that can’t be undone. It is open for as long as it is there. */
export function ConfirmDialog({
  title,
  action,
  busy = false,
  onConfirm,
  onClose,
  children,
}: ConfirmDialogProps) {
  const texts = useTexts()
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby={id} onClose={onClose}>
      <h2 id={id}>{title}</h2>
      <div class="stack">{children}</div>
      <div class="dialog-actions">
        <Button onClick={() => dialog.current?.close()}>{texts.cancel}</Button>
        <Button look="danger" disabled={busy} onClick={onConfirm}>
          {action}
        </Button>
      </div>
    </dialog>
  )
}
