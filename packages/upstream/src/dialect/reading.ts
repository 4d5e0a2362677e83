import { type Steps, stepsOf } from '../answer/places.ts'
import type { Dialect, ErrorRule } from './dialect.ts'
import * as usual from './usual.ts'

/** How answers are read in a dialect: compiled from it once, since there are thousands of answers a second. */
export type Reading = ReturnType<typeof createReading>

export type Ids = ReturnType<typeof idsOf>
export type Words = ReturnType<typeof wordsOf>
export type Links = ReturnType<typeof linksOf>
export type BlockedSign = ReturnType<typeof signOf>
export type ErrorPlaces = { code: Steps[]; message: Steps[]; rules: readonly ErrorRule[] }

export function createReading(dialect: Dialect) {
  const { progress, created, echo, error, missing, retrieve, status, list } = dialect
  const errors: ErrorPlaces = { code: ways(error.code), message: ways(error.message), rules: error.rules }
  return {
    ids: idsOf(dialect.id),
    words: wordsOf(status),
    /** Whether an answer without a word, but with the address of a clip, tells of a finished video. */
    endsByLink: status.ifAbsent === 'completed-with-url',
    progress: { places: ways(progress.path), whole: progress.scale === 'fraction' ? 1 : 100 },
    created: ways(created),
    prompt: ways(echo.prompt),
    source: ways(echo.source),
    model: ways(echo.model),
    size: ways(echo.size),
    seconds: ways(echo.seconds),
    links: linksOf(dialect),
    thumbnails: ways(dialect.thumbnail?.urls ?? null),
    blocked: dialect.blocked.map(signOf),
    errors,
    missing: { statuses: new Set(missing.statuses), codes: new Set(missing.codes) },
    pendingOn: new Set(retrieve.pendingOn),
    list,
  }
}

export function lettersOf(word: string): string {
  return word.toLowerCase().replaceAll(/[\s_.-]+/g, '')
}

function idsOf({ path, inPoll }: Dialect['id']) {
  const isUsual = path.join() === usual.idPlaces.join()
  return {
    places: ways(path),
    /** What a number called `id` yields to: it may be that of a row in their database. */
    plain: isUsual ? ways(path.filter((name) => name !== 'id' && name !== 'generation_id')) : [],
    /** Names of the request: an id for support, unless the video has no other name. */
    ofRequest: isUsual ? ways(['request_id', 'requestId']) : [],
    /** Whether an id may be anywhere. Where a dialect says where it is, it is there. */
    isUsual,
    isRepeated: inPoll === 'same',
  }
}

function wordsOf({ path, words }: Dialect['status']) {
  const own = Object.entries(words).map(([word, meaning]) => [lettersOf(word), meaning] as const)
  return {
    places: ways(path),
    meanings: new Map([...Object.entries(usual.statusWords), ...own]),
    own: new Set(own.map(([word]) => word)),
    /** Whether a word may be about something else than the video. Where a dialect says where it is, it is not. */
    isUsual: path.join() === usual.statusPlaces.join(),
  }
}

function linksOf({ result, retrieve }: Dialect) {
  const [before = '', after] = retrieve.path.split('{id}')
  return {
    places: result.urls && ways(result.urls),
    names: [...result.linkNames, ...result.linkHolders],
    /** What stands before an id in the address of a video, below the prefix; undefined where more stands after it. */
    videos: after === '' ? before : undefined,
  }
}

function signOf({ path, reasons, ...sign }: Dialect['blocked'][number]) {
  return { ...sign, place: stepsOf(path), reasons: ways(reasons ?? []) }
}

function ways(places: readonly string[] | string | null): Steps[] {
  return [places ?? []].flat().map(stepsOf)
}
