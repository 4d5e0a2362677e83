import { type Fields, isFields } from '../../answer/fields.ts'

/** What an answer is made of, whatever it says: lists, and errors of the kinds that servers have. */
export type Shape = keyof typeof shapes

const isText = (value: unknown) => typeof value === 'string'
const isTextOrNull = (value: unknown) => value === null || typeof value === 'string'
const isWord = (value: unknown) => typeof value === 'string' && !/^\d*$/.test(value)
const isStatus = (value: unknown) => Number.isInteger(value) && Number(value) >= 400 && Number(value) < 600
const isStatusInText = (value: unknown) => isText(value) && isStatus(Number(value))

type Members = Record<string, (value: unknown) => boolean>

const errorOf = (members: Members) => (body: Fields) => {
  return isExactly(body, ['error']) && isFields(body.error) && fits(body.error, members)
}

const shapes = {
  'list with has_more': ({ data, object, has_more }: Fields) =>
    Array.isArray(data) && object === 'list' && typeof has_more === 'boolean',
  'list alone': (body: Fields) =>
    isExactly(body, ['data', 'object']) && Array.isArray(body.data) && body.object === 'list',
  'error in full': errorOf({
    message: isText,
    type: isTextOrNull,
    param: isTextOrNull,
    code: (code) => isTextOrNull(code) && !isStatusInText(code),
  }),
  'error in full, with its status as text': errorOf({
    message: isText,
    type: isText,
    param: isTextOrNull,
    code: isStatusInText,
  }),
  'error of status and message': errorOf({ code: isStatusInText, message: isText }),
  'error of code and message': errorOf({ code: isWord, message: isText }),
  'error of message and type': errorOf({ message: isText, type: isText }),
  'error of a number and message, with metadata': ({ error, ...rest }: Fields) =>
    isFields(error) &&
    isStatus(error.code) &&
    isText(error.message) &&
    isFields(error.metadata) &&
    Object.keys(rest).every((name) => name === 'user_id'),
  'error beside is_bifrost_error': ({ is_bifrost_error, error }: Fields) =>
    typeof is_bifrost_error === 'boolean' && isFields(error) && isText(error.message),
  'code, message and data': (body: Fields) =>
    fits(body, { code: isWord, message: isText, data: (data) => data === null }),
  'code and error': (body: Fields) => fits(body, { code: isText, error: isText }),
  'error as text': (body: Fields) => fits(body, { error: isText }),
  detail: (body: Fields) => fits(body, { detail: (detail) => isText(detail) || Array.isArray(detail) }),
  'flat error': (body: Fields) =>
    body.object === 'error' && isText(body.message) && isText(body.type) && isStatus(body.code),
} satisfies Record<string, (body: Fields) => boolean>

export function shapeOf(body: unknown): Shape | undefined {
  if (!isFields(body)) return undefined
  return (Object.keys(shapes) as Shape[]).find((name) => shapes[name](body))
}

function isExactly(value: Fields, names: readonly string[]): boolean {
  return Object.keys(value).length === names.length && names.every((name) => Object.hasOwn(value, name))
}

function fits(value: Fields, members: Members): boolean {
  return (
    isExactly(value, Object.keys(members)) && Object.entries(members).every(([name, is]) => is(value[name]))
  )
}
