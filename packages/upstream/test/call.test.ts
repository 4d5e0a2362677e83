import { expect, test } from 'vitest'
import { reportCall, type UpstreamCall } from '../src/call.ts'

test.each<[object, string]>([
  [{ kind: 'created' }, 'created'],
  [{ kind: 'not_now', reason: 'key_rejected' }, 'key_rejected'],
  [{ kind: 'trouble', limited: true, reason: 'asked too often' }, 'limited'],
  [{ statusCode: 206 }, '2xx'],
])('a call that returns %j is reported as %s', async (result, outcome) => {
  const calls: UpstreamCall[] = []
  expect(
    await reportCall(
      'submit',
      async () => result,
      (call) => calls.push(call),
    ),
  ).toBe(result)
  expect(calls).toEqual([{ operation: 'submit', outcome, seconds: expect.any(Number) }])
})

test('a call that throws is reported as an error', async () => {
  const calls: UpstreamCall[] = []
  const fail = () => Promise.reject(new Error('not reached'))
  await expect(reportCall('openContent', fail, (call) => calls.push(call))).rejects.toThrow('not reached')
  expect(calls).toMatchObject([{ operation: 'openContent', outcome: 'error' }])
})
