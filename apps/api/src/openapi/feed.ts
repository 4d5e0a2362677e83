import { update } from '@reelay/contracts/examples'
import type { About } from './about.ts'

const description = `Starts with a \`retry\`, a comment, and in ascending id the state of every unfinished task and of all
that ended since \`Last-Event-ID\` less 2 min, or without one in the last 10 min. Then each change as it comes; what is
not newer by \`version\` may be dropped.

An event has no name, an \`id\` (the move’s time in ms), and as \`data\` the JSON of a \`TaskUpdate\`, or of a
\`TaskDeleted\` (\`{"type":"taskDeleted","timestamp":…,"payload":{"videoId":…,"version":…}}\`). A comment comes
every 15 s and \`{"type":"ping"}\`, without an id, every 45 s.

A stream ends normally when the token expires, after 10 to 15 min, and when the process stops: come back with the last id.
To a client that sent no \`Authorization\` every status but 200 is the end for good. What passes (429, 503) is therefore
told it by a 200 with a \`retry\` and the end, and one event \`{"type":"overloaded"}\` before it where too many listen.`

export const theFeed: About = {
  summary: 'Follow one’s tasks live',
  tag: 'feed',
  description: description.replaceAll(/(?<!\n)\n(?!\n)/g, ' '),
  security: ['bearer', 'token', 'ticket'],
  takes: ['Last-Event-ID'],
  fails: ['task_not_found', 'too_many_feeds'],
  returns: {
    200: {
      description: 'The stream',
      content: {
        'text/event-stream': {
          schema: { type: 'string' },
          example: `retry: 2718\n: reelay\n\nid: ${update.timestamp}\ndata: ${JSON.stringify(update)}\n\n`,
        },
      },
    },
    204: { description: 'With videoId: it has ended, and the client knows. An EventSource stops.' },
  },
}
