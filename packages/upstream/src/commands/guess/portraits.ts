import type { Shape } from './shape.ts'

export const keyStyles = ['none', 'bearer', 'raw', 'api-key'] as const
export type KeyStyle = (typeof keyStyles)[number]

/**
 * How a server answers what costs nothing: a request without a good key (`refusal`, if there is such a thing), a look
 * at a video that can't be there (`unknown`), and a look at the list, also where there is none. Of `keys` the usual way
 * comes first; a server that takes none looks at no key.
 */
export type Portrait = {
  keys: readonly [KeyStyle, ...KeyStyle[]]
  refusal: readonly Shape[]
  unknown: readonly Shape[]
  unknownStatuses: readonly number[]
  list: readonly Shape[]
}

const missing = [404]

export const portraits: Readonly<Record<string, Portrait>> = {
  openai: {
    keys: ['bearer'],
    refusal: ['error in full'],
    unknown: ['error in full'],
    unknownStatuses: missing,
    list: ['list with has_more'],
  },
  azure: {
    keys: ['api-key', 'bearer'],
    refusal: ['error of status and message'],
    unknown: ['error in full'],
    unknownStatuses: missing,
    list: ['list with has_more'],
  },
  litellm: {
    keys: ['bearer'],
    refusal: ['error in full, with its status as text'],
    unknown: ['error in full, with its status as text'],
    unknownStatuses: [400, 404],
    list: ['list alone'],
  },
  bifrost: {
    keys: ['bearer'],
    refusal: ['error beside is_bifrost_error'],
    unknown: ['error beside is_bifrost_error'],
    unknownStatuses: [400, 404],
    // It wants to be told whose list.
    list: ['error beside is_bifrost_error'],
  },
  'new-api': {
    keys: ['bearer'],
    refusal: ['error of message and type'],
    unknown: ['code, message and data'],
    unknownStatuses: [400],
    list: ['code, message and data', 'error in full'],
  },
  'sora-relay': {
    keys: ['raw'],
    refusal: ['error of code and message'],
    unknown: ['error of code and message'],
    unknownStatuses: missing,
    list: ['error of code and message'],
  },
  'vllm-omni': {
    keys: ['bearer', 'none'],
    refusal: ['error as text'],
    unknown: ['detail'],
    unknownStatuses: missing,
    list: ['list with has_more'],
  },
  sglang: {
    keys: ['bearer', 'none'],
    refusal: ['detail'],
    unknown: ['detail'],
    unknownStatuses: missing,
    list: ['list alone'],
  },
  trtllm: {
    keys: ['none'],
    refusal: [],
    unknown: ['flat error'],
    unknownStatuses: missing,
    list: ['list alone'],
  },
  openrouter: {
    keys: ['bearer'],
    refusal: ['error of a number and message, with metadata'],
    unknown: ['error of a number and message, with metadata'],
    unknownStatuses: missing,
    list: ['error of a number and message, with metadata'],
  },
  xai: {
    keys: ['bearer'],
    refusal: ['error in full', 'code and error'],
    unknown: ['code and error'],
    unknownStatuses: [400, 404],
    list: ['code and error'],
  },
}
