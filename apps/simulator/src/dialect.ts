import type { AuthStyle } from './auth.ts'
import type { Scope } from './faults/armed-faults.ts'
import type { Told, Wordings } from './problem.ts'
import type { Shown } from './shown.ts'
import type { Wish } from './wish.ts'

/** How a server speaks: what it takes, and how it shows what it has. What it does is the same for all. */
export interface Dialect {
  /** Where its routes are, unless the simulator is told otherwise. */
  base: string
  /** Where they are as well. */
  alsoAt?: string
  /** The ways to send the key, any of which will do; none needs no key. */
  auth: readonly AuthStyle[]
  /** How many videos of one key it makes at a time. */
  maxRunning?: number
  /** Whether answers have OpenAI's headers: its version, its time, when to poll again. */
  hasOpenaiHeaders?: boolean

  newId(model: string): string
  /** The id as it was given at first, of any way to write it. */
  canonicalId?(id: string): string

  submits: Submit[]
  acceptedStatus?: 200 | 202
  /** What a submission is answered with; by default the video as a poll shows it. */
  accepted?(shown: Shown): Body
  /** What a submission is answered with whose id got lost. */
  acceptedNowhere?(shown: Shown): { status: number; body: Body }

  /** What a poll shows; undefined sends nothing. */
  video(shown: Shown): Body | undefined | Promise<Body>
  videoStatus?(shown: Shown): number

  /** Whether clients are sent to the public address of a clip, where the faults of content then happen, too. */
  clipsArePublic?: boolean
  content?: { thumbnail: boolean; ranges: boolean }
  list?: List
  remove?: Remove

  problems?: Wordings
  /** Where the content route has other words. */
  contentProblems?: Wordings
  problemBody(told: Told, scope: Scope | undefined): Body
}

export type Body = Record<string, unknown>
export type Encoding = 'json' | 'form'

/** A route that makes a video. */
export interface Submit {
  path: string
  takes: readonly Encoding[]
  read(input: Input): Wish
}

export interface Input {
  body: unknown
  encoding: Encoding
  /** The id in the path. */
  id: string
}

export interface List {
  /** Without pages, it always shows everything. */
  pages?: Pages
  /** Names that the query must have. */
  requires?: readonly string[]
  answer(page: Page): Body
}

export interface Pages {
  /** How many it shows when it isn't told. */
  limit: number
  maxLimit: number
  /** What comes after an id that it doesn't know. */
  afterUnknown: 'a problem' | 'nothing'
}

export interface Page {
  data: Body[]
  firstId: string | null
  lastId: string | null
  hasMore: boolean
  /** Whether to leave out all that the server may leave out. */
  isBare: boolean
}

export interface Remove {
  /** A video that is being made. */
  running: 'is refused' | 'is cancelled' | 'is forgotten'
  answer(shown: Shown): Body
}
