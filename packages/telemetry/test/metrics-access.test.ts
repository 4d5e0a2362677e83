import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { expect, test } from 'vitest'
import { type MetricsGuard, mayReadMetrics } from '../src/metrics-access.ts'

const token = 'a token of the tests'
const production = { isProduction: true }
const guarded = { ...production, token }

const cases: [string, boolean, MetricsGuard, string, IncomingHttpHeaders][] = [
  ['anybody while developing', true, { isProduction: false }, '10.0.0.7', {}],
  ['this machine in production', true, production, '127.0.0.1', {}],
  ['this machine by IPv6', true, production, '::1', {}],
  ['this machine by IPv4 in IPv6', true, production, '::ffff:127.0.0.1', {}],
  ['another machine', false, production, '10.0.0.7', {}],
  ['another machine whose address looks near', false, production, '10.127.0.0', {}],
  ['a proxy on this machine', false, production, '127.0.0.1', { 'x-forwarded-for': '10.0.0.7' }],
  ['who has the token', true, guarded, '10.0.0.7', { authorization: `Bearer ${token}` }],
  ['this machine without the token', false, guarded, '127.0.0.1', {}],
  ['who has another token', false, guarded, '10.0.0.7', { authorization: `Bearer ${token}x` }],
  ['who has the token of a developer', false, { ...guarded, isProduction: false }, '127.0.0.1', {}],
]

test.each(cases)('metrics for %s: %s', (_, expected, guard, remoteAddress, headers) => {
  const request = { headers, socket: { remoteAddress } } as unknown as IncomingMessage
  expect(mayReadMetrics(request, guard)).toBe(expected)
})
