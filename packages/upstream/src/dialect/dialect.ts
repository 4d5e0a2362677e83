import { headerText } from '@reelay/contracts/environment'
import { z } from 'zod'
import * as answers from './answers.ts'
import { DialectName, FieldName, group } from './parts.ts'
import * as requests from './requests.ts'

export type { ErrorRule } from './answers.ts'
export type { Derivation } from './requests.ts'

/**
 * How an upstream speaks, as data. What a file leaves out is as in OpenAI's Videos API, read with patience for all that
 * servers like it are known to say.
 */
export const Dialect = group({
  $schema: z.string().optional().describe('Where the JSON Schema of dialects is, for editors'),
  name: DialectName.describe('What the dialect is called'),
  auth: z
    .enum(['bearer', 'raw', 'header', 'none'])
    .default('bearer')
    .describe('Authorization: Bearer KEY, Authorization: KEY, the key in authHeader, or no key'),
  authHeader: FieldName.default('api-key').describe('The header of the key, for auth: header'),
  headers: z
    .record(FieldName, headerText)
    .default({})
    .describe('Headers that every request has, such as a version'),
  models: z
    .record(z.string().min(1), z.string().min(1))
    .default({})
    .describe('Names of models, ours to theirs, unless the upstream has its own'),
  create: requests.Create.describe('How a first video is asked for'),
  fields: requests.Fields.describe('How a request says what is wanted'),
  image: requests.Image.describe('How a picture is given'),
  derive: requests.Derive.describe(
    'How a video is made from an earlier one, best first; [] where it can’t be',
  ),
  id: answers.Id.describe('How a video is named'),
  retrieve: answers.Retrieve.describe('How one video is looked at'),
  status: answers.StatusReading.describe('How a video goes'),
  blocked: answers.Blocked.describe('What says that a video is kept back for what it shows'),
  progress: answers.Progress.describe('How far a video is'),
  created: answers.Created.describe('Where the time is at which a video was made; null where it isn’t'),
  echo: answers.Echo.describe('What an answer repeats of the request'),
  error: answers.Errors.describe('How errors are read'),
  missing: answers.Missing.describe(
    'What says that upstream has no such video, and how often until it is lost',
  ),
  result: answers.Result.describe('Where the clip is'),
  thumbnail: answers.Thumbnail.describe('Where a still picture of the video is; null where there is none'),
  list: answers.List.describe('How earlier videos are listed; null where they aren’t'),
  poll: answers.Poll.describe('How often upstream may be asked'),
})

export type Dialect = z.infer<typeof Dialect>
