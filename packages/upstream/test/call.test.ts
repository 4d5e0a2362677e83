import { expect, test } from 'vitest'
import { judgeCall, reportCall, type UpstreamCall } from '../src/call.ts'

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

test('what was not sent for a reason of ours is no call', async () => {
  const calls: UpstreamCall[] = []
  const notSent = { kind: 'not_sent', recorded: false, notAsked: true, reason: 'not recorded' }
  const report = (result: object) =>
    reportCall(
      'submit',
      async () => result,
      (call) => calls.push(call),
    )
  expect(await report(notSent)).toBe(notSent)
  expect(calls).toEqual([])
  await report({ kind: 'not_sent', recorded: false, reason: 'no connection' })
  expect(calls).toMatchObject([{ outcome: 'not_sent' }])
})

test('a call that throws is reported as an error', async () => {
  const calls: UpstreamCall[] = []
  const fail = () => Promise.reject(new Error('not reached'))
  await expect(reportCall('openContent', fail, (call) => calls.push(call))).rejects.toThrow('not reached')
  expect(calls).toMatchObject([{ operation: 'openContent', outcome: 'error' }])
})

test.each([
  ['success', ['created', 'video', 'page', 'there', 'bytes', 'picture', '2xx']],
  ['failure', ['key_rejected', 'limited', 'trouble', 'error', 'not_sent', 'in_doubt', 'bad_address', '5xx']],
  ['neither', ['refused', 'missing', 'unsatisfiable', '3xx', '4xx']],
] as const)('a call counts as %s when it became any of %j', (judgement, outcomes) => {
  expect(outcomes.map(judgeCall)).toEqual(outcomes.map(() => judgement))
})
