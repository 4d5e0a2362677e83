import { lettersOf, type Words } from '../dialect/reading.ts'
import type { WordMeaning } from '../dialect/usual.ts'

export type VideoStatus = 'queued' | 'in_progress' | 'completed' | 'failed' | 'cancelled' | 'unrecognised'

/** Said of requests, keys and sessions, too: in an answer that is about no video they are about those. */
const requestWords = new Set(
  `success ok error errored fail failure denied refused rejected declined invalid aborted timeout timedout killed crashed
  terminated stopped unsuccessful removed purged revoked blocked banned flagged requestblocked`.split(/\s+/),
)

/** What upstream's word means, in whatever case and however it is joined; `TASK_STATUS_` before it is no part of it. */
export function statusOf(word: string, words: Words): VideoStatus {
  const meaning = meaningOf(word, words)
  if (meaning === undefined || meaning === 'missing') return 'unrecognised'
  return meaning === 'blocked' ? 'failed' : meaning
}

export function isReadyWord(word: string, { own }: Words): boolean {
  return spellingsOf(word).some((each) => (each === 'ready' || each === 'available') && !own.has(each))
}

export function isMissingWord(word: string, words: Words): boolean {
  return meaningOf(word, words) === 'missing'
}

export function isRequestWord(word: string, { own }: Words): boolean {
  const [whole] = spellingsOf(word)
  return requestWords.has(whole) && !own.has(whole)
}

export function isBlockedWord(word: string, words: Words): boolean {
  return meaningOf(word, words) === 'blocked'
}

function meaningOf(word: string, { meanings }: Words): WordMeaning | undefined {
  const [whole, bare] = spellingsOf(word)
  return meanings.get(whole) ?? meanings.get(bare)
}

function spellingsOf(word: string): [whole: string, bare: string] {
  const letters = lettersOf(word)
  const bare = letters.replace(/^(task|job|video|generation|output)?(status|state)?/, '')
  return [letters, bare]
}
