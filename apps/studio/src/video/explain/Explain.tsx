import type { Explanation } from '@reelay/contracts/explain'
import { language } from '../../i18n/language.ts'
import { useStore } from '../../store.ts'
import { formatDuration, formatTime } from '../time.ts'
import { useTexts } from '../use-texts.ts'
import { useCountdown } from './use-countdown.ts'
import './explain.css'

/** What a video waits for, in one sentence, and when something is done next. */
export function Explain({ explanation: { text, next } }: { explanation: Explanation }) {
  return (
    <div class="explain">
      <p class="explain-text">{text}</p>
      <p class="explain-next">{next && <Next next={next} />}</p>
    </div>
  )
}

function Next({ next }: { next: NonNullable<Explanation['next']> }) {
  const texts = useTexts().explain
  const chosen = useStore(language)
  const seconds = useCountdown(next.at)
  const name = texts.next[next.what]
  if (next.at === null || seconds === undefined) return <>{`${name}: ${texts.depends}`}</>
  const left = seconds > 0 ? texts.inTime(formatDuration(seconds * 1000, chosen)) : texts.now
  return (
    <>
      {name}: <time dateTime={next.at}>{formatTime(next.at, chosen)}</time>,{' '}
      <span class="explain-left">{left}</span>
    </>
  )
}
