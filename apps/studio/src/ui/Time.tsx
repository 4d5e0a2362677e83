import { language } from '../i18n/language.ts'
import { dateAndTimeOf, timeAgo } from '../i18n/times.ts'
import { useStore } from '../store.ts'

/** How long ago something was; the exact time is its title. */
export function Time({ at }: { at: string | number }) {
  const chosen = useStore(language)
  const date = new Date(at)
  return (
    <time dateTime={date.toISOString()} title={dateAndTimeOf(date.getTime(), chosen)}>
      {timeAgo(date.getTime(), chosen)}
    </time>
  )
}
