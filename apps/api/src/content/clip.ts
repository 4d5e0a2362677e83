import type { Readable } from 'node:stream'

/** What a request gets of a clip, wherever its bytes are. Whoever gets one reads it or drops it. */
export type Clip = {
  status: 200 | 206
  header: (name: string) => string | undefined
  read: () => Promise<Readable>
  drop: () => void
  /** A signed address that opens it, where the store has such. */
  address?: (disposition: string) => Promise<string>
}
