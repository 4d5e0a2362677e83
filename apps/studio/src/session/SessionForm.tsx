import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import { messageOf } from '../data/problem.ts'
import { useTexts } from '../i18n/texts.ts'
import { PreferenceChoices } from '../shell/PreferenceChoices.tsx'
import { Button } from '../ui/Button.tsx'
import { Notice } from '../ui/Notice.tsx'
import { useFirstProblem } from '../ui/use-first-problem.ts'
import '../ui/page.css'
import './session-page.css'

type SessionFormProps = {
  title: string
  submit: string
  busy: boolean
  /** What is told above the fields; what is about a field stands there. */
  error?: unknown
  onSubmit: () => void
  children: ComponentChildren
  /** The way to the other form. */
  other: ComponentChildren
}

/** A page of its own for those who are not signed in. */
export function SessionForm({ title, submit, busy, error, onSubmit, children, other }: SessionFormProps) {
  const texts = useTexts()
  const form = useFirstProblem(error)
  useEffect(() => {
    document.title = `${title} · ${texts.name}`
  }, [title, texts])
  return (
    <main class="session">
      <p class="brand">{texts.name}</p>
      <form
        ref={form}
        class="stack"
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          if (!busy) onSubmit()
        }}
      >
        <h1>{title}</h1>
        {error !== undefined && <Notice look="problem">{messageOf(error, texts)}</Notice>}
        {children}
        <Button type="submit" look="main" aria-disabled={busy}>
          {submit}
        </Button>
        <p>{other}</p>
      </form>
      <div class="session-preferences">
        <PreferenceChoices />
      </div>
    </main>
  )
}
