import type { Media } from './media.ts'

/** What a client asks for, whatever the dialect. */
export interface Wish {
  prompt: string
  model?: string | undefined
  /** Such as 1280x720. */
  size?: string | undefined
  seconds?: string | undefined
  source?: Source | undefined
  /** Seconds to add to the source. */
  extension?: string | undefined
  picture?: Media | undefined
}

/** The video that another is made from. */
export type Source = { by: 'id'; id: string } | { by: 'url'; url: string } | { by: 'file'; file: Media }
