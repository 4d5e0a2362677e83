import type { AuthStyle } from './auth.ts'
import type { Scope } from './faults/armed-faults.ts'
import type { Told, Wordings } from './problem.ts'
import type { Shown } from './shown.ts'
import type { Wish } from './wish.ts'

/** How a server speaks: what it takes, and how it shows what it has. What it does is the same for all. */
export interface Dialect {
  /** Where its routes are, unless the simulator is told otherwise; `alsoAt` is where they are as well. */
  base: string
  alsoAt?: string
  /** The ways to send the key, any of which will do; none needs no key. */
  auth: readonly AuthStyle[]
  maxRunning?: number
  /** Whether answers have OpenAI's headers: its version, its time, when to poll again. */
  hasOpenaiHeaders?: boolean

  newId(model: string): string
  /** The id as it was given at first, of any way to write it. */
  canonicalId?(id: string): string

  submits: Submit[]
  acceptedStatus?: 200 | 202
  /**
   * What a submission is answered with, by default the video as a poll shows it; `acceptedNowhere` where its id got
   * lost.
   */
  accepted?(shown: Shown): Body
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
  contentProblems?: Wordings
  problemBody(told: Told, scope: Scope | undefined): Body
}

export type Body = Record<string, unknown>
export type Encoding = 'json' | 'form'

export interface Submit {
  path: string
  takes: readonly Encoding[]
  read(input: Input): Wish
}

export interface Input {
  body: unknown
  encoding: Encoding
  id: string
}

/** Without pages, it always shows everything. The query must have the names in `requires`. */
export interface List {
  pages?: Pages
  requires?: readonly string[]
  answer(page: Page): Body
}

export interface Pages {
  limit: number
  maxLimit: number
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
  running: 'is refused' | 'is cancelled' | 'is forgotten'
  answer(shown: Shown): Body
}
