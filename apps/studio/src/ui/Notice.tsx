import type { ComponentChildren } from 'preact'
import './notice.css'

type NoticeProps = { look?: 'plain' | 'problem' | 'warning' | 'good'; children: ComponentChildren }

/** A sentence that came up by itself; a problem is read out at once. */
export function Notice({ look = 'plain', children }: NoticeProps) {
  return (
    <div class={`notice ${look}`} role={look === 'problem' ? 'alert' : 'status'}>
      {children}
    </div>
  )
}

type StateProps = { title: string; hint?: string | undefined; children?: ComponentChildren }

/** What stands where there is nothing to show. */
export function EmptyState({ title, hint, children }: StateProps) {
  return (
    <div class="state">
      <p class="state-title">{title}</p>
      {hint && <p class="soft">{hint}</p>}
      {children}
    </div>
  )
}
