import type { ExternalTaskId } from '@reelay/contracts/task'
import { type Answer, answerOf } from '../../answer/answer.ts'
import { createEndpoint, type Endpoint } from '../../endpoint.ts'
import { listOutcome, retrieveOutcome } from '../../read-outcome.ts'
import { readSubmitAnswer } from '../../requests/submit.ts'
import { readVideo } from '../../video/video.ts'
import type { Command } from '../command.ts'
import { CommandError } from '../command-error.ts'
import { readSettings, upstreamNamed } from '../settings.ts'
import { type Pasted, readPasted } from './pasted-answer.ts'
import { tellError } from './tell-error.ts'
import { tellList } from './tell-list.ts'
import { tellRetrieve } from './tell-retrieve.ts'
import { tellSubmit } from './tell-submit.ts'

type Kind = { usual: number; tell: (pasted: Pasted, endpoint: Endpoint) => string[] }

/** What an answer may be to, and its status where only its body is pasted. */
const kinds = new Map<string, Kind>([
  [
    'create',
    { usual: 200, tell: (pasted, endpoint) => tellSubmit(submitted(pasted, endpoint), endpoint.dialect) },
  ],
  ['retrieve', { usual: 200, tell: retrieved }],
  [
    'list',
    { usual: 200, tell: (pasted, { reading }) => tellList(listOutcome(read(pasted), reading), reading) },
  ],
  ['error', { usual: 400, tell: refused }],
])

/** Shows how an answer from stdin is understood. Asks nobody. */
export const paste: Command = async ({ operands, options, environment, print, readInput }) => {
  const [name = '', kindName = 'create'] = operands
  const kind = kinds.get(kindName)
  if (!kind) throw new CommandError(`What is pasted must be one of ${[...kinds.keys()].join(', ')}`)
  const status = statusOf(options.status)
  const { registry, timeouts, hide } = readSettings(environment)
  const { baseUrl, dialect } = upstreamNamed(name, registry)
  const endpoint = { ...createEndpoint({ ...timeouts, baseUrl, dialect, apiKey: '' }), scrub: hide }
  const pasted = readPasted(await readInput(), { status, usual: kind.usual })
  print(hide(kind.tell(pasted, endpoint).join('\n')))
  return 0
}

function statusOf(given: string | undefined): number | undefined {
  if (given !== undefined && !/^[1-5]\d\d$/.test(given))
    throw new CommandError('--status must be a status of HTTP, as in 400')
  return given === undefined ? undefined : Number(given)
}

function submitted({ head, body }: Pasted, endpoint: Endpoint) {
  const post = { path: `${endpoint.prefix}${endpoint.dialect.create.path}` }
  return readSubmitAnswer({ head, body: { text: body } }, { post, request: {}, endpoint })
}

/** The id that was asked for is not in the answer of every dialect. */
function retrieved(pasted: Pasted, { scrub, base, reading, dialect }: Endpoint): string[] {
  const answer = read(pasted)
  const id = readVideo(answer.body, { reading, isListed: true })?.id
  const asked = { id: id ?? ('(the id that was asked for)' as ExternalTaskId), base, reading }
  return tellRetrieve(retrieveOutcome(answer, scrub, asked), dialect)
}

function refused(pasted: Pasted, endpoint: Endpoint): string[] {
  const outcome = tellSubmit(submitted(pasted, endpoint), endpoint.dialect)
  return [...tellError(read(pasted), endpoint), '', 'To a create or a derivation it means:', ...outcome]
}

function read({ head, body }: Pasted): Answer {
  return { ...answerOf(head, body), isEmpty: body.trim() === '' }
}
