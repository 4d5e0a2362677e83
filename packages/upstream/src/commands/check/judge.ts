import type { ExternalTaskId } from '@reelay/contracts/task'
import { type Answer, isSuccess } from '../../answer/answer.ts'
import { builtInNames } from '../../dialect/built-in.ts'
import type { Dialect } from '../../dialect/dialect.ts'
import type { Endpoint } from '../../endpoint.ts'
import { tellingCategoryOf } from '../../errors/category.ts'
import { isErrorBody, readReason } from '../../errors/reason.ts'
import { listOutcome, retrieveOutcome } from '../../read-outcome.ts'
import type { Upstream } from '../../registry/registry.ts'
import { isNoApi } from '../../submit/no-api.ts'
import { fitsDialect, hasItsIds, type Seen } from '../guess/guess-dialect.ts'
import { IMPOSSIBLE_ID } from '../guess/probes.ts'

/** `unknown` is what a look at a video got that can't be there. */
export type Answers = { unknown: Answer; list: Answer | undefined; endpoint: Endpoint }

/** What is known of one credential. Without problems it can work. */
export type Finding = {
  reachable: 'yes' | 'no'
  key: 'accepted' | 'rejected' | 'not sent' | '?'
  list: 'readable' | 'unreadable' | 'none' | '?'
  speaks: 'yes' | 'no' | 'unsure' | '?'
  problems: string[]
}

type Named = Pick<Upstream<Dialect>, 'dialectName' | 'dialect'>

export function judge(upstream: Named, answers: Answers | { unreachable: string }): Finding {
  if ('unreachable' in answers) {
    const problems = [`can’t be reached: ${answers.unreachable}`]
    return { reachable: 'no', key: '?', list: '?', speaks: '?', problems }
  }
  const all = [answers.unknown, answers.list].filter((answer) => answer !== undefined)
  const noes = all.filter((answer) => answer === answers.unknown || !isSuccess(answer))
  const rejected = noes.find((answer) => rejectsKey(answer, answers.endpoint))
  if (rejected) return keyRejected(upstream, rejected)
  const away = all.find(({ status }) => status >= 500 || status === 429)
  if (away) {
    const problems = [`upstream answered ${away.status}: ask again later`]
    return { reachable: 'yes', key: '?', list: '?', speaks: '?', problems }
  }
  const list = readList(answers)
  const speech = readSpeech(upstream, answers)
  return {
    reachable: 'yes',
    key: upstream.dialect.auth === 'none' ? 'not sent' : 'accepted',
    list: list.list,
    speaks: speech.speaks,
    problems: [...speech.problems, ...list.problems],
  }
}

function rejectsKey({ status, body }: Answer, { reading }: Endpoint): boolean {
  if (status === 401 || status === 403) return true
  return isErrorBody(body, reading.errors) && tellingCategoryOf(readReason(body, reading.errors)) === 'key'
}

function keyRejected({ dialect }: Named, { status }: Answer): Finding {
  const why = dialect.auth === 'none' ? 'a key is wanted, and the dialect sends none' : 'the key is rejected'
  const problems = [`${why} (upstream answered ${status})`]
  return { reachable: 'yes', key: 'rejected', list: '?', speaks: '?', problems }
}

function readList({ list, endpoint }: Answers): Pick<Finding, 'list' | 'problems'> {
  if (!list) return { list: 'none', problems: [] }
  const outcome = listOutcome(list, endpoint.reading)
  if (outcome.kind === 'page') return { list: 'readable', problems: [] }
  const where = endpoint.dialect.list?.path
  return { list: 'unreadable', problems: [`the list at ${where} can’t be read: ${outcome.reason}`] }
}

function readSpeech(
  { dialectName }: Named,
  { unknown, list, endpoint }: Answers,
): Pick<Finding, 'speaks' | 'problems'> {
  if (!isUnderstood(unknown, endpoint)) {
    const problem = `nothing there speaks the dialect: a look at a video that can’t be was answered ${unknown.status}`
    return { speaks: 'no', problems: [`${problem}; see baseUrl and dialect`] }
  }
  const seen: Omit<Seen, 'style'> = { probe: 'unknown', ...unknown }
  const fits = fitsDialect(dialectName, seen)
  const isOwn = fits ?? looksMissing(unknown, endpoint)
  const hasIds = !list || hasItsIds(dialectName, { probe: 'list', ...list })
  if (isOwn) return { speaks: hasIds ? 'yes' : 'unsure', problems: [] }
  const others = fits === false ? builtInNames.filter((other) => fitsDialect(other, seen)) : []
  if (others.length === 0) return { speaks: 'unsure', problems: [] }
  return { speaks: 'no', problems: [`the server speaks rather like ${others.join(' or ')}`] }
}

/** Whether it is said, by what is no web page, that there is no such video or at least what is wrong. */
function isUnderstood(answer: Answer, endpoint: Endpoint): boolean {
  const { status, body } = answer
  const { errors } = endpoint.reading
  const isNo = status >= 400 && typeof body === 'object' && isErrorBody(body, errors)
  return isNo && !isNoApi(answer, readReason(body, errors))
}

function looksMissing(answer: Answer, { scrub, base, reading }: Endpoint): boolean {
  const id = IMPOSSIBLE_ID as ExternalTaskId
  return retrieveOutcome(answer, scrub, { id, base, reading }).kind === 'missing'
}
