export type ProblemKind = keyof typeof usual

export interface Wording {
  status?: number
  type?: string
  code?: string | number | null
}

export type Wordings = { [Kind in ProblemKind]?: Wording }

/** A problem in the words of a server. */
export interface Told {
  kind: ProblemKind
  status: number
  type: string
  code: string | number | null
  param: string | null
  message: string
}

interface More {
  param?: string
  status?: number
  headers?: Record<string, string>
}

/** Why a request is not done. Each dialect has its own status, words and shape for it. */
export class Problem extends Error {
  readonly kind: ProblemKind
  readonly more: More

  constructor(kind: ProblemKind, message: string, more: More = {}) {
    super(message)
    this.kind = kind
    this.more = more
  }
}

/** As OpenAI says it, which most others copy. */
const usual = {
  invalid: { status: 400, code: 'invalid_value' },
  wrong_encoding: { status: 415 },
  moderated: { status: 400, code: 'moderation_blocked' },
  refused_by_upstream: { status: 404 },
  rate_limited: { status: 429, type: 'requests', code: 'rate_limit_exceeded' },
  too_many_running: { status: 429, type: 'rate_limit', code: null },
  balance_empty: { status: 429, type: 'insufficient_quota', code: 'insufficient_quota' },
  wrong_key: { status: 401, code: 'invalid_api_key' },
  forbidden: { status: 403 },
  no_such_route: { status: 404 },
  no_such_model: { status: 404, code: 'model_not_found' },
  no_such_video: { status: 404 },
  no_such_source: { status: 404 },
  no_such_variant: { status: 404 },
  no_such_key: { status: 404 },
  source_unfinished: { status: 400 },
  source_gone: { status: 400 },
  still_running: { status: 409 },
  not_ready: { status: 409 },
  video_failed: { status: 409 },
  elsewhere: { status: 400 },
  clip_gone: { status: 410 },
  out_of_range: { status: 416 },
  cancel_unsure: { status: 409 },
  not_serving: { status: 503, type: 'server_error' },
  unexpected: { status: 500, type: 'server_error' },
} as const satisfies Record<string, Wording>

/** A problem in the last of these wordings that has it, and for the rest as OpenAI says it. */
export function wordsFor({ kind, message, more }: Problem, ...wordings: (Wordings | undefined)[]): Told {
  const asUsual: Wording = usual[kind]
  const found = wordings.findLast((words) => words?.[kind])?.[kind] ?? {}
  const { status = 400, type = 'invalid_request_error', code = null } = { ...asUsual, ...found }
  return { kind, status: more.status ?? status, type, code, param: more.param ?? null, message }
}

export function noSuchVideo(id: string): Problem {
  return new Problem('no_such_video', `Video with id '${id}' not found.`, { param: 'video_id' })
}
