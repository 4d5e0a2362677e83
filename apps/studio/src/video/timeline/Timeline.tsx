import type { TimelineEvent, Timeline as TimelineReply } from '@reelay/contracts/timeline'
import { language } from '../../i18n/language.ts'
import { dateAndTimeOf, dateOf } from '../../i18n/times.ts'
import { useStore } from '../../store.ts'
import { formatDuration, formatTime } from '../time.ts'
import { useTexts } from '../use-texts.ts'
import { type Entry, foldEvents } from './fold-events.ts'
import './timeline.css'

export function Timeline({ timeline: { events, truncated } }: { timeline: TimelineReply }) {
  const texts = useTexts().timeline
  const entries = foldEvents(events)
  if (entries.length === 0) return <p class="soft">{texts.empty}</p>
  return (
    <>
      {truncated && <p class="soft">{texts.truncated}</p>}
      <ol class="timeline">
        {entries.map((entry) => (
          <Line key={`${entry.event.at} ${entry.event.what}`} entry={entry} />
        ))}
      </ol>
    </>
  )
}

function Line({ entry }: { entry: Entry }) {
  const { event, notes, afterMs, startsDay } = entry
  const texts = useTexts().timeline
  const chosen = useStore(language)
  return (
    <li class={`timeline-entry ${event.what}`}>
      {startsDay && <span class="timeline-day">{dateOf(Date.parse(event.at), chosen)}</span>}
      <Time at={event.at} />
      <div class="timeline-what">
        {event.what === 'progress' ? <Progress notes={notes} /> : <span>{texts.what[event.what]}</span>}
        <About entry={entry} />
        {afterMs !== undefined && afterMs >= 100 && (
          <span class="timeline-after">{texts.after(formatDuration(afterMs, chosen))}</span>
        )}
      </div>
    </li>
  )
}

function Time({ at }: { at: string }) {
  const chosen = useStore(language)
  return (
    <time dateTime={at} title={dateAndTimeOf(Date.parse(at), chosen)}>
      {formatTime(at, chosen)}
    </time>
  )
}

/** Why, with which key where that is news, and in which attempt where it wasn't the first. */
function About({ entry: { event, credential } }: { entry: Entry }) {
  const texts = useTexts().timeline
  const words: Record<string, string> = texts.code
  const { code, upstreamCode, attempt } = event
  const parts = [
    code && (Object.hasOwn(words, code) ? words[code] : code),
    upstreamCode,
    credential && texts.key(credential),
    attempt > 1 && texts.attempt(attempt),
  ].filter(Boolean)
  return parts.length > 0 ? <span class="timeline-about">{parts.join(' · ')}</span> : null
}

function Progress({ notes }: { notes: TimelineEvent[] }) {
  const texts = useTexts().timeline
  const [first, last] = [notes[0]?.progress ?? 0, notes.at(-1)?.progress ?? 0]
  if (notes.length < 2) return <span>{texts.progress(first, last)}</span>
  return (
    <details>
      <summary>{texts.progress(first, last)}</summary>
      <ol class="timeline-notes">
        {notes.map(({ at, progress }) => (
          <li key={at}>
            <Time at={at} /> {progress} %
          </li>
        ))}
      </ol>
    </details>
  )
}
