import type { Answer } from '../answer/answer.ts'
import { tellingCategoryOf } from '../errors/category.ts'
import type { Reason } from '../errors/reason.ts'

const noSuchRoute =
  /page not found|invalid url|cannot post|no (such )?route|route .*not found|unknown (path|endpoint|url)|plain http request|method not allowed/i

/** What answers is no API, or has no such route: a page, or a sentence of a web server's. */
export function isNoApi({ status, body, header }: Answer, reason: Reason): boolean {
  if (noSuchRoute.test(reason.message ?? '')) return status === 400 || status === 404 || status === 405
  const pages = { 400: /^text\/html/i, 404: /^text\/(html|plain)/i }
  const tells = body !== undefined && (typeof body !== 'string' || tellingCategoryOf(reason))
  return !tells && Boolean(pages[status as 400]?.test(header('content-type') ?? ''))
}
