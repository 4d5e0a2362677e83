import type { About } from '../openapi/about.ts'
import { endings } from './headers.ts'
import { refusals } from './open-clip.ts'

/** What a browser plays; anything else is an octet-stream. */
const bytes = Object.fromEntries(
  [...Object.keys(endings), 'application/octet-stream'].map((type) => [type, {}]),
)

/** Of every route that answers with a clip. */
export const ofContent = {
  fails: [
    'task_not_found',
    'not_completed',
    'clip_removed',
    'upstream_gone',
    'store_unavailable',
    'thumbnail_not_found',
    'precondition_failed',
    ...Object.values(refusals),
  ],
  takes: ['Range', 'If-Range', 'If-Match', 'If-None-Match', 'If-Modified-Since', 'If-Unmodified-Since'],
  returns: {
    200: { description: 'All of it', headers: ['Content-Disposition'], content: bytes },
    206: {
      description: 'The range that was asked for',
      headers: ['Content-Disposition', 'Content-Range'],
      content: bytes,
    },
    302: { description: 'To a signed address of our own store, with MEDIA_REDIRECT=on' },
    304: { description: 'What the client has is still the same' },
  },
} satisfies Partial<About>
