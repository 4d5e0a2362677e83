import type { Body } from '../dialect.ts'
import type { Told } from '../problem.ts'

/** As FastAPI says it: a text, or for a field where it is. */
export function fastApiError({ kind, status, param, message }: Told): Body {
  if (kind === 'wrong_encoding') return { detail: [detailOf('prompt', 'Field required', 'missing')] }
  return { detail: status === 422 && param ? [detailOf(param, message, 'value_error')] : message }
}

function detailOf(param: string, msg: string, type: string) {
  return { loc: ['body', ...param.split('.')], msg, type }
}
