import type { Derivation, Dialect } from '../dialect/dialect.ts'
import { type Endpoint, pathOf } from '../endpoint.ts'
import { NotSentError, type Post } from '../submit/send-once.ts'
import { formBody, jsonBody, type Said } from './body.ts'
import { derivationFor, nameOf, type SourceVideo, whyNoDerivation } from './derivation.ts'
import { type Asked, say } from './said.ts'

/** What to make: from an earlier video when it has a source, else a first video. */
export type SubmitRequest = Asked & { prompt: string; source?: SourceVideo | undefined }

/** The request that asks for it. Throws NotSentError for what the dialect has no words for. */
export function submissionOf(request: SubmitRequest, endpoint: Endpoint): Promise<Post> {
  const { prompt, source, ...asked } = request
  return source ? derived(prompt, source, asked, endpoint) : created(prompt, asked, endpoint)
}

function created(prompt: string, asked: Asked, endpoint: Endpoint): Promise<Post> {
  const { create, fields } = endpoint.dialect
  const said: Said = [[fields.prompt.name, prompt], ...sayable(asked, endpoint)]
  return postOf(create.path, create.encoding, said, endpoint)
}

function derived(prompt: string, source: SourceVideo, asked: Asked, endpoint: Endpoint): Promise<Post> {
  const { dialect } = endpoint
  const derivation = derivationFor(dialect, source)
  if (!derivation) throw new NotSentError(whyNoDerivation(dialect), false)
  const name = nameOf(derivation, source) ?? ''
  return derivationRequest(derivation, name, { prompt, ...asked }, endpoint)
}

/** The request of one derivation, whose source goes by `name`. Throws NotSentError for what the dialect has no words for. */
export function derivationRequest(
  { path, encoding, field, sends }: Derivation,
  name: string,
  { prompt, ...asked }: Omit<SubmitRequest, 'source'>,
  endpoint: Endpoint,
): Promise<Post> {
  const said: Said = [
    [endpoint.dialect.fields.prompt.name, prompt],
    ...(field ? ([[field, name]] satisfies Said) : []),
    // The rest is as in the source.
    ...sayable(asked, endpoint, sends),
  ]
  return postOf(field ? path : pathOf(path, name), encoding, said, endpoint)
}

function sayable(asked: Asked, { dialect, models }: Endpoint, sends?: Derivation['sends']): Said {
  const outcome = say(asked, dialect, models, sends)
  if ('field' in outcome) throw new NotSentError(`${outcome.field}: ${outcome.message}`, false)
  return outcome
}

async function postOf(
  path: string,
  encoding: Dialect['create']['encoding'],
  said: Said,
  { prefix, headers }: Endpoint,
): Promise<Post> {
  const { type, bytes } = encoding === 'multipart' ? await formBody(said) : jsonBody(said)
  return { path: `${prefix}${path}`, headers: { ...headers, 'content-type': type }, body: bytes }
}
