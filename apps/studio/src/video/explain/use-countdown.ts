import { useEffect, useRef, useState } from 'preact/hooks'
import { countdown } from '../time.ts'

/** What is due is done a moment later. */
const GRACE_MS = 1000

/** Seconds until a time; undefined without one. `onDue` is called once for each time that comes. */
export function useCountdown(at: string | null, onDue: () => void): number | undefined {
  const due = at === null ? undefined : Date.parse(at)
  const [now, setNow] = useState(Date.now)
  const called = useRef(onDue)
  called.current = onDue

  useEffect(() => {
    if (due === undefined) return
    let timer: ReturnType<typeof setTimeout>
    let wasAhead = false
    const tick = () => {
      const time = Date.now()
      setNow(time)
      const { nextMs } = countdown(due, time)
      if (nextMs !== undefined) {
        wasAhead = true
        timer = setTimeout(tick, nextMs)
      } else if (wasAhead) timer = setTimeout(() => called.current(), GRACE_MS)
    }
    tick()
    return () => clearTimeout(timer)
  }, [due])

  return due === undefined ? undefined : countdown(due, now).seconds
}
