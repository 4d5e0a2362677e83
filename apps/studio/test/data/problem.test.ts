import { ReelayError } from '@reelay/client/client'
import { expect, test } from 'vitest'
import { fieldProblems, messageOf, wholeMessageOf } from '../../src/data/problem.ts'
import { zh } from '../../src/i18n/zh.ts'

test.each([
  [
    'the api’s own sentence',
    new ReelayError(422, { code: 'username_taken', message: '用户名已存在' }),
    '用户名已存在',
  ],
  ['that nobody can be reached', new ReelayError(0, { code: 'unreachable' }), zh.problems.unreachable],
  ['the same of a proxy’s page', new ReelayError(502, {}), zh.problems.unreachable],
  ['that the page is wrong', new TypeError('x is undefined'), zh.problems.unexpected],
])('a problem is told as %s', (_, error, message) => {
  expect(messageOf(error, zh)).toBe(message)
})

test('without a field beside it, a problem tells what is wrong with which', () => {
  const details = [{ field: 'id', message: '不能超过 512 个字符' }]
  const error = new ReelayError(400, { code: 'invalid_request', message: '请求无效', details })
  expect(wholeMessageOf(error, zh)).toBe('请求无效: id 不能超过 512 个字符')
})

test('what is wrong with fields is found by their names', () => {
  const details = [{ field: 'prompt', message: 'is required' }, { field: 7 }, null]
  expect(fieldProblems(new ReelayError(400, { details }))).toEqual({ prompt: 'is required' })
  expect(fieldProblems(new ReelayError(422, { details: { videoId: 'x' } }))).toEqual({})
  expect(fieldProblems(new Error('x'))).toEqual({})
})
