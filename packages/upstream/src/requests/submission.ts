import type { Attachment } from '../attachment.ts'
import type { Derivation, Dialect } from '../dialect/dialect.ts'
import { type Endpoint, pathOf } from '../endpoint.ts'
import { NotAskedError, type Post } from '../submit/send-once.ts'
import { bodyOf, type Said } from './body.ts'
import { derivationFor, nameOf, type SourceVideo, whyNoDerivation } from './derivation.ts'
import { pictureProblem, sayPicture } from './picture.ts'
import { type Asked, say, type Unsupported } from './said.ts'

/** What to make: from an earlier video when it has a source, else a first video. */
export type SubmitRequest = Asked & {
  prompt: string
  source?: SourceVideo | undefined
  picture?: Attachment | undefined
}

/** The request that asks for it. Throws NotAskedError for what the dialect has no words for. */
export function submissionOf({ source, ...request }: SubmitRequest, endpoint: Endpoint): Promise<Post> {
  return source ? derived(source, request, endpoint) : created(request, endpoint)
}

type Wish = Omit<SubmitRequest, 'source'>

function created({ prompt, picture, ...asked }: Wish, endpoint: Endpoint): Promise<Post> {
  const { create, fields } = endpoint.dialect
  const said: Said = [
    [fields.prompt.name, prompt],
    ...sayable(asked, endpoint),
    ...pictured(picture, endpoint),
  ]
  return postOf(create.path, create.encoding, said, endpoint)
}

function derived(source: SourceVideo, wish: Wish, endpoint: Endpoint): Promise<Post> {
  const { dialect } = endpoint
  const derivation = derivationFor(dialect, source)
  const name = derivation && nameOf(derivation, source)
  if (!derivation || name === undefined) throw new NotAskedError(whyNoDerivation(dialect, source.kind), false)
  return derivationRequest(derivation, name, wish, endpoint)
}

/** The request of one derivation, whose source goes by `name`. Throws NotAskedError for what the dialect has no words for. */
export function derivationRequest(
  derivation: Derivation,
  name: string | Attachment,
  { prompt, picture, ...asked }: Wish,
  endpoint: Endpoint,
): Promise<Post> {
  const { path, encoding, source, field, sends } = derivation
  const said: Said = [
    [endpoint.dialect.fields.prompt.name, prompt],
    ...(field
      ? ([[field, typeof name === 'string' ? name : { file: name, as: 'file' }]] satisfies Said)
      : []),
    ...sayable(asked, endpoint, sends),
    ...pictured(picture, endpoint, derivation),
  ]
  const named = source === 'id-in-path' ? pathOf(path, String(name)) : path
  return postOf(named, encoding, said, endpoint)
}

function sayable(asked: Asked, { dialect, models }: Endpoint, sends?: Derivation['sends']): Said {
  const outcome = say(asked, dialect, models, sends)
  if ('field' in outcome) throw notSayable(outcome)
  return outcome
}

function pictured(
  picture: Attachment | undefined,
  { dialect: { image } }: Endpoint,
  derivation?: Derivation,
): Said {
  if (!picture) return []
  const problem = pictureProblem(picture, image, derivation)
  if (problem) throw notSayable(problem)
  return sayPicture(picture, image)
}

function notSayable({ field, message }: Unsupported): NotAskedError {
  return new NotAskedError(`${field}: ${message}`, false)
}

async function postOf(
  path: string,
  encoding: Dialect['create']['encoding'],
  said: Said,
  { prefix, headers }: Endpoint,
): Promise<Post> {
  const { type, parts } = await bodyOf(said, encoding)
  return { path: `${prefix}${path}`, headers: { ...headers, 'content-type': type }, body: parts }
}
