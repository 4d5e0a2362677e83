import { useEffect, useState } from 'preact/hooks'
import { countdown } from '../time.ts'

/** Seconds until a time; undefined without one. */
export function useCountdown(at: string | null): number | undefined {
  const due = at === null ? undefined : Date.parse(at)
  const [now, setNow] = useState(Date.now)

  useEffect(() => {
    if (due === undefined) return
    let timer: ReturnType<typeof setTimeout>
    const tick = () => {
      const time = Date.now()
      setNow(time)
      const { nextMs } = countdown(due, time)
      if (nextMs !== undefined) timer = setTimeout(tick, nextMs)
    }
    tick()
    return () => clearTimeout(timer)
  }, [due])

  return due === undefined ? undefined : countdown(due, now).seconds
}
