import { describe, expect, test } from 'vitest'
import { clientAddress, createTrust } from '../../src/http/addresses.ts'
import { buildTestApp } from '../support/test-app.ts'

const addressOf = (ip: string, remoteAddress = '10.0.0.9') =>
  clientAddress({ ip, socket: { remoteAddress } as never })

describe('one client is one address', () => {
  test.each([
    '203.0.113.8',
    '203.0.113.8:40000',
    ' 203.0.113.8 ',
    '"203.0.113.8:1"',
    '[203.0.113.8]',
    '::ffff:203.0.113.8',
    '::FFFF:cb00:7108',
    '[::ffff:203.0.113.8]:443',
    '0:0:0:0:0:ffff:203.0.113.8',
  ])('of IPv4 as %s', (given) => {
    expect(addressOf(given)).toBe('203.0.113.8')
  })

  test.each([
    '2001:db8::1',
    '2001:DB8::1',
    '2001:0db8:0:0:0:0:0:1',
    '[2001:db8::1]',
    '[2001:db8::1]:443',
    '"[2001:db8::2]:80"',
    '2001:db8::ffff:ffff:ffff:ffff',
    '2001:db8::1%eth0',
    '[2001:db8::1%25eth0]:1',
    '2001:db8::1.2.3.4',
  ])('of IPv6 as %s', (given) => {
    expect(addressOf(given)).toBe('2001:db8::')
  })

  test.each([
    'unknown',
    '',
    'garbage',
    '_hidden',
    '1.2.3',
    '1.2.3.4.5',
    '203.0.113.256',
    '1.2.3.4:5:6',
    '[::1',
    'for=1.2.3.4',
  ])('of whoever passes “%s” on', (given) => {
    expect(addressOf(given)).toBe('10.0.0.9')
    expect(addressOf(given, '::ffff:10.0.0.9')).toBe('10.0.0.9')
  })

  test('of nobody where a socket is gone', () => {
    expect(clientAddress({ ip: undefined as never, socket: {} as never })).toBe('')
  })
})

test.each<[string, boolean]>([
  ['10.1.2.3', true],
  ['10.1.2.3:8080', true],
  ['::ffff:10.1.2.3', true],
  ['10.2.0.1', false],
  ['127.0.0.1', true],
  ['fd00::7', true],
  ['[FD00::7]:443', true],
  ['fe00::7', false],
  ['unknown', false],
])('the proxy %s is one of ours: %s', (address, isOurs) => {
  expect(createTrust(['10.1.0.0/16', '127.0.0.1', 'fd00::/8'])(address)).toBe(isOurs)
})

test('forty ports of one client are counted together', async () => {
  await using api = await buildTestApp({
    env: { RATE_LIMIT_PER_MINUTE: '10', TRUST_PROXY: '127.0.0.1, 10.0.0.0/8' },
  })
  const statuses: number[] = []
  for (let n = 0; n < 40; n += 1) {
    const from = `203.0.113.8:${40_000 + n}${n % 2 ? `, 10.0.0.1:${n + 1}` : ''}`
    const headers = { 'x-forwarded-for': from }
    statuses.push((await api.app.inject({ method: 'POST', url: '/api/auth/logout', headers })).statusCode)
  }
  // A Redis that is slow for a moment lets a few more in.
  expect(statuses.slice(0, 10)).toEqual(Array(10).fill(401))
  expect(statuses.slice(20).every((status) => status === 429)).toBe(true)
})
