import { useState } from 'preact/hooks'
import { session } from '../session/session.ts'

const KEY = 'reelay.drafts'

type Fields = Record<string, string>
type Drafts = { userId: string | undefined; texts: Record<string, Fields> }

/**
 * What somebody types, kept for as long as the tab is open: a session may end meanwhile. `sent` shows other
 * fields and keeps nothing any more.
 */
export function useDraft<T extends Fields>(place: string, empty: T) {
  const [fields, show] = useState<T>(() => ({ ...empty, ...draftOf(place) }))
  return {
    fields,
    set(change: Partial<T>): void {
      const next = { ...fields, ...change }
      show(next)
      keepDraft(place, next)
    },
    sent(rest: T): void {
      show(rest)
      keepDraft(place, undefined)
    },
  }
}

export function draftOf(place: string): Fields | undefined {
  return read().texts[place]
}

export function keepDraft(place: string, fields: Fields | undefined): void {
  const { userId, texts } = read()
  const { [place]: _, ...others } = texts
  write({ userId, texts: fields ? { ...others, [place]: fields } : others })
}

/** Forgets what anybody else has typed here. */
export function forgetOthersDrafts(): void {
  write(read())
}

/** Of whoever is signed in; another's are none. */
function read(): Drafts {
  const userId = session.get()?.user.id
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as Drafts | null
    if (kept && kept.userId === userId) return kept
  } catch {
    // As if there were none.
  }
  return { userId, texts: {} }
}

function write(drafts: Drafts): void {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(drafts))
  } catch {
    // It is kept for as long as its page is shown, then.
  }
}
