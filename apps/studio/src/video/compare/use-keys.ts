import type { RefObject } from 'preact'
import { useEffect } from 'preact/hooks'
import type { Pair } from './pair.ts'

/** Comma and full stop step by a frame, space plays, wherever the focus is. */
export function useKeys(pair: RefObject<Pair | undefined>) {
  useEffect(() => {
    const listening = new AbortController()
    document.addEventListener('keydown', (event) => onKey(event, pair.current ?? undefined), {
      signal: listening.signal,
    })
    return () => listening.abort()
  }, [pair])
}

function onKey(event: KeyboardEvent, pair: Pair | undefined): void {
  if (!pair || event.ctrlKey || event.metaKey || event.altKey) return
  const target = event.target instanceof Element ? event.target : undefined
  if (target?.matches('textarea, select, input:not([type=range], [type=radio])')) return
  if (event.key === ',') pair.step(-1)
  else if (event.key === '.') pair.step(1)
  // Else it presses what has the focus.
  else if (event.key === ' ' && !target?.matches('button, a, summary, input[type=radio]')) pair.toggle()
  else return
  event.preventDefault()
}
