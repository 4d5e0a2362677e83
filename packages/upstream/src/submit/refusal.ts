import type { Answer, Scrub } from '../answer/answer.ts'
import type { Reason } from '../errors/reason.ts'
import type { RefusalReason } from './submit-outcome.ts'

export function refusalOf(
  errorCode: RefusalReason['errorCode'],
  { code, type, message }: Reason,
  { status }: Answer,
  scrub: Scrub,
): RefusalReason {
  const upstreamCode = code ?? type
  return {
    errorCode,
    upstreamCode: upstreamCode && scrub(upstreamCode),
    message: scrub(message ?? `upstream answered ${status}`),
  }
}
