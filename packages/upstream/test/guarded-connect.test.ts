import type { lookup as systemLookup } from 'node:dns'
import { Agent } from 'undici'
import { describe, expect, onTestFinished, test } from 'vitest'
import { AddressRefusedError, createGuardedConnect } from '../src/content/guarded-connect.ts'
import { isPublicAddress } from '../src/content/public-address.ts'
import { anUpstream } from './upstream.ts'

/** A resolver that answers each question with the next of these. */
function resolving(...answers: string[][]) {
  const asked: string[] = []
  const lookup = (hostname: string, _: object, callback: (error: null, found: object[]) => void) => {
    asked.push(hostname)
    const addresses = answers.length > 1 ? answers.shift() : answers[0]
    callback(
      null,
      (addresses ?? []).map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )
  }
  return { asked, lookup: lookup as unknown as typeof systemLookup }
}

async function aVictim(...answers: string[][]) {
  const victim = await anUpstream((response) => response.end('secret'))
  const { asked, lookup } = resolving(...answers)
  const connect = createGuardedConnect({
    trusted: new Set(),
    timeoutMs: 60_000,
    lookup,
  })
  const agent = new Agent({ connect })
  onTestFinished(() => agent.destroy())
  const url = `http://rebound.test:${new URL(victim.url).port}/`
  return {
    victim,
    asked,
    get: () => agent.request({ origin: new URL(url).origin, path: '/', method: 'GET' }),
  }
}

test('a name that resolves to this machine is refused unconnected', async () => {
  const { victim, get } = await aVictim(['127.0.0.1'])
  await expect(get()).rejects.toBeInstanceOf(AddressRefusedError)
  expect(victim.connections).toEqual([])
})

test('a name with one private address among public ones is refused', async () => {
  const { victim, get } = await aVictim(['8.8.8.8', '127.0.0.1'])
  await expect(get()).rejects.toBeInstanceOf(AddressRefusedError)
  expect(victim.connections).toEqual([])
})

test('a name that resolves to nothing is refused', async () => {
  const { get } = await aVictim([])
  await expect(get()).rejects.toBeInstanceOf(AddressRefusedError)
})

test('a name is judged anew for every connection', async () => {
  const { victim, asked, get } = await aVictim(['192.0.2.1'], ['::ffff:127.0.0.1'], ['127.0.0.1'])
  for (let i = 0; i < 3; i += 1) await expect(get()).rejects.toBeInstanceOf(AddressRefusedError)
  expect(asked).toEqual(['rebound.test', 'rebound.test', 'rebound.test'])
  expect(victim.connections).toEqual([])
})

test.each([
  '127.0.0.1',
  '2130706433',
  '0x7f.1',
  '0177.0.0.1',
  '0',
  '[::1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  'localhost',
])('this machine is not connected to as %s', async (host) => {
  const victim = await anUpstream((response) => response.end('secret'))
  const agent = new Agent({ connect: createGuardedConnect({ trusted: new Set(), timeoutMs: 60_000 }) })
  onTestFinished(() => agent.destroy())
  const { origin } = new URL(`http://${host}:${new URL(victim.url).port}`)
  await expect(agent.request({ origin, path: '/', method: 'GET' })).rejects.toBeInstanceOf(
    AddressRefusedError,
  )
  expect(victim.connections).toEqual([])
})

test('a trusted origin may be anywhere', async () => {
  const own = await anUpstream((response) => response.end('a clip'))
  const { origin } = new URL(own.url)
  const agent = new Agent({
    connect: createGuardedConnect({ trusted: new Set([origin]), timeoutMs: 60_000 }),
  })
  onTestFinished(() => agent.destroy())
  const { body } = await agent.request({ origin, path: '/', method: 'GET' })
  expect(await body.text()).toBe('a clip')
})

describe('an address is public or not', () => {
  test.each(['8.8.8.8', '1.1.1.1', '172.32.0.1', '100.128.0.1', '2606:4700:4700::1111', '2a00:1450::1'])(
    '%s is',
    (address) => expect(isPublicAddress(address)).toBe(true),
  )

  test.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '198.18.0.1',
    '203.0.113.9',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:8.8.8.8',
    '::ffff:127.0.0.1',
    '::127.0.0.1',
    '64:ff9b::7f00:1',
    'fe80::1',
    'fe80::1%eth0',
    'fc00::1',
    'fd12::1',
    'ff02::1',
    '2001:db8::1',
    '2001::1',
    '2002:7f00:1::',
    'localhost',
    '',
  ])('%s is not', (address) => expect(isPublicAddress(address)).toBe(false))
})
