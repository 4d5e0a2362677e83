import type { Readable } from 'node:stream'

/** What is known of a file before it is opened. */
export type FileKind = { type: string; bytes: number }

/**
 * A picture or clip of ours that goes along with a request. `name` looks like `picture.png`. `open` reads it from its
 * beginning, anew each time; it and the stream fail rather than never end.
 */
export type Attachment = FileKind & { name: string; open: () => Promise<Readable> }
