import { z } from 'zod'
import {
  FieldName,
  group,
  optionalGroup,
  Place,
  Places,
  RequestPath,
  Status,
  VideoRequestPath,
} from './parts.ts'
import * as usual from './usual.ts'

export const Id = optionalGroup({
  path: Places.default(usual.idPlaces).describe('Where an answer names the video'),
  inPoll: z
    .enum(['same', 'absent', 'varies'])
    .default('same')
    .describe('Whether later answers repeat the id; the first one is kept in any case'),
  look: z
    .string()
    .refine(isPattern, 'must be a regular expression')
    .optional()
    .describe('What ids look like, a regular expression; tells one upstream from another'),
})

export const Retrieve = optionalGroup({
  path: VideoRequestPath.default('/videos/{id}').describe('Where a video is looked at'),
  pendingOn: z
    .array(Status)
    .default([202])
    .describe(
      'Statuses that mean not finished where the answer tells of no video; an empty success always does',
    ),
})

export const StatusReading = optionalGroup({
  path: Places.default(usual.statusPlaces).describe('Where an answer says how the video goes'),
  ifAbsent: z
    .enum(['completed-with-url', 'in-progress'])
    .default('completed-with-url')
    .describe('What an answer without such a word means'),
  words: z
    .record(z.string().min(1), z.enum(usual.wordMeanings))
    .default({})
    .describe('Words beside the usual ones, or that mean something else here; in whatever case'),
})

export const Blocked = z
  .array(
    group({
      path: Place.describe('Where an answer to a look says that a video is kept back'),
      equals: z.union([z.string(), z.number(), z.boolean()]).optional().describe('What it says then'),
      begins: z.string().min(1).optional().describe('How what it says begins then'),
      holds: z.string().min(1).optional().describe('What it holds then; without any of these, anything'),
      unlessClip: z.boolean().default(false).describe('Whether a link to a clip says otherwise'),
      reasons: Place.optional().describe('Where it says why: a text or a list of texts'),
    }),
  )
  .default(usual.blockedSigns)

export const Progress = optionalGroup({
  path: Places.nullable().default(['progress']).describe('Where the progress is; null where it isn’t told'),
  scale: z.enum(['percent', 'fraction']).default('percent').describe('Whether its end is 100 or 1'),
})

export const Created = Places.nullable().default(usual.createdPlaces)

const told = (places: string[]) => Places.nullable().default(places)

export const Echo = optionalGroup({
  prompt: told(usual.promptPlaces).describe('Where the prompt is repeated; null where it isn’t'),
  source: told(['remixed_from_video_id']).describe(
    'Where the id of the earlier video is; null where it isn’t',
  ),
  model: told(['model']).describe('Where the model is; null where it isn’t'),
  size: told(['size']).describe('Where the size is; null where it isn’t'),
  seconds: told(['seconds']).describe('Where the length is; null where it isn’t'),
})

export const meanings = [
  'moderation',
  'request',
  'quota',
  'balance',
  'key',
  'rate',
  'busy',
  'in-doubt',
] as const

const text = z.string().min(1)

export const ErrorRule = group({
  status: Status.optional().describe('The answer’s status'),
  code: z.union([text, z.number()]).transform(String).optional().describe('The error’s code'),
  type: text.optional().describe('The error’s type'),
  text: text.optional().describe('What its message holds, in whatever case'),
  means: z
    .enum(meanings)
    .describe(
      'What it is about: what the video would show, the request, a quota or balance, the key, how much is asked for, upstream’s state; or that nobody knows what was made',
    ),
}).refine(({ status, code, type, text }) => [status, code, type, text].some((part) => part !== undefined), {
  message: 'must name a status, code, type or text',
})

export type ErrorRule = z.infer<typeof ErrorRule>

export const Errors = optionalGroup({
  code: Places.default([]).describe('Where the code of an error is; the usual places are looked at next'),
  message: Places.default([]).describe('Where its message is; the usual places are looked at next'),
  rules: z
    .array(ErrorRule)
    .default([])
    .describe('What errors mean, the first that fits, before our own reading of them'),
})

export const Missing = optionalGroup({
  statuses: z.array(Status).default([404, 410]).describe('Statuses that say that there is no such video'),
  codes: z.array(text).default(usual.missingCodes).describe('Codes that do, with whatever status'),
  count: z.int().positive().default(3).describe('How often in a row it must be said'),
  spanMs: z.int().min(0).default(120_000).describe('Time from the first to the last of them, in ms'),
})

export const Result = optionalGroup({
  route: VideoRequestPath.nullable()
    .default('/videos/{id}/content')
    .describe('Where the clip is served with our key; null where it isn’t'),
  urls: Places.nullable()
    .default(null)
    .describe('Where an answer has the clip’s address; null: wherever it has one of linkNames'),
  linkNames: z.array(FieldName).default(usual.linkNames).describe('Names of addresses of clips, best first'),
  linkHolders: z.array(FieldName).default(usual.linkHolders).describe('Names of what such addresses are in'),
  key: z
    .enum(['own-origin', 'never'])
    .default('own-origin')
    .describe('Whether such an address is asked with our key: at upstream’s own origin, or never'),
})

export const Thumbnail = group({
  route: VideoRequestPath.optional().describe('Where it is served with our key'),
  urls: Places.optional().describe('Where an answer has its address'),
})
  .nullable()
  .default({ route: '/videos/{id}/content?variant=thumbnail' })

export const List = group({
  path: RequestPath.default('/videos').describe('Where the list is'),
  query: z
    .record(FieldName, z.string())
    .default({ limit: '100', order: 'desc' })
    .describe('What is asked with it: the longest page, newest first'),
  pageSize: z.int().positive().default(100).describe('How many videos a page has that isn’t the last'),
  after: FieldName.nullable()
    .default('after')
    .describe('The parameter that names the video before the next page; null where there is no next one'),
  end: z
    .enum(['has-more', 'short-page', 'whole'])
    .default('has-more')
    .describe(
      'How its end is known: by has_more or an empty page, by a page with fewer videos, or one page is all',
    ),
  tells: z
    .array(z.enum(['prompt', 'source', 'time']))
    .default(['prompt', 'source', 'time'])
    .describe('What a listed video is recognised by'),
  complete: z
    .boolean()
    .default(true)
    .describe(
      'Whether a listed video is told of as fully, and by the same id, as one that is asked for by itself: then a page answers polls',
    ),
})
  .nullable()
  .prefault({})

export const Poll = optionalGroup({
  floorMs: z.int().min(0).default(0).describe('Shortest time between two looks at one video, in ms'),
})

function isPattern(source: string): boolean {
  try {
    new RegExp(source)
    return true
  } catch {
    return false
  }
}
