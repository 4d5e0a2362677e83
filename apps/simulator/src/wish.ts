import type { Media } from './media.ts'

/**
 * What a client asks for, whatever the dialect. A size is such as 1280x720; `extension` is seconds to add to the
 * source.
 */
export interface Wish {
  prompt: string
  model?: string | undefined
  size?: string | undefined
  seconds?: string | undefined
  source?: Source | undefined
  extension?: string | undefined
  picture?: Media | undefined
}

/** The video that another is made from. */
export type Source = { by: 'id'; id: string } | { by: 'url'; url: string } | { by: 'file'; file: Media }
