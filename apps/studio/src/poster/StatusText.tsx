import type { Task } from '@reelay/client/client'
import { useTexts } from '../i18n/texts.ts'
import './status-text.css'

export function StatusText({ task: { status, progress, archiving } }: { task: Task }) {
  const texts = useTexts()
  return (
    <span class={`status ${status.toLowerCase()}`}>
      {texts.status[status]}
      {status === 'PROCESSING' && ` ${texts.gallery.progress(progress)}`}
      {archiving && <span class="soft"> · {texts.gallery.archiving}</span>}
    </span>
  )
}
