import type { LoggedIn } from '@reelay/contracts/auth'
import { onRemembered, recall, remember } from '../preferences.ts'
import { createStore } from '../store.ts'

export type Session = LoggedIn

/** Who is signed in here; undefined where nobody is. The same in all tabs of a browser. */
export const session = createStore<Session | undefined>(sessionOf(recall('session')))

/** Whether the last session ended without its owner's doing. */
export const hasEnded = createStore(false)

/** Hears what other tabs do. */
export function shareSession(): void {
  onRemembered('session', (text) => session.set(sessionOf(text)))
}

export function signIn(next: Session): void {
  hasEnded.set(false)
  session.set(next)
  remember('session', JSON.stringify(next))
}

export function signOut(): void {
  session.set(undefined)
  remember('session', null)
}

/** The api no longer takes this token. One that was taken in its place meanwhile stays. */
export function endSession(token: string): void {
  if (session.get()?.token !== token) return
  hasEnded.set(true)
  signOut()
}

/** A session as it was kept, unless it can't be one or its time is over. */
export function sessionOf(text: string | null, now = Date.now()): Session | undefined {
  try {
    const kept = JSON.parse(text ?? 'null') as Partial<Session> | null
    const isWhole = typeof kept?.token === 'string' && typeof kept.user?.username === 'string'
    return isWhole && Number(kept.expiresAt) > now ? (kept as Session) : undefined
  } catch {
    return undefined
  }
}
