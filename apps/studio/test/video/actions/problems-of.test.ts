import { ReelayError } from '@reelay/client/client'
import { expect, test } from 'vitest'
import { problemsOf } from '../../../src/video/actions/problems-of.ts'

const message = 'The request is not valid'
const refused = (details: unknown) => new ReelayError(400, { code: 'invalid_request', message, details })

test('what is wrong with a field stands beside it', () => {
  const error = refused([{ field: 'prompt', message: 'is required' }])
  expect(problemsOf(error, ['prompt', 'model'], message)).toEqual({ prompt: 'is required' })
})

test('what is wrong with a field that isn’t there is told all the same', () => {
  const error = refused([
    { field: 'model', message: 'must be text' },
    { field: 'seconds', message: 'must be 1 to 15' },
  ])
  expect(problemsOf(error, ['prompt', 'model'], message)).toEqual({
    model: 'must be text',
    other: `${message}: seconds must be 1 to 15`,
  })
})

test.each([undefined, null, 'odd', { videoId: 'x' }, [null, 1, {}]])(
  'details %j leave the sentence',
  (details) => {
    expect(problemsOf(refused(details), ['prompt'], message)).toEqual({ other: message })
  },
)

test('no error is no problem', () => {
  expect(problemsOf(null, ['prompt'], message)).toEqual({})
})
