import { describe, expect, test } from 'vitest'
import type { Evidence, UpstreamBill } from '../src/audit/evidence.ts'
import { derivedAtSource, limitsKept, paidAsWritten, rightKeyAsked } from '../src/audit/upstream-rules.ts'

const none = { unknownKey: 0, revokedKey: 0, otherKey: 0, unknownSource: 0 }

describe('what several upstreams counted', () => {
  test('a revoked key may be used, and no other mistake made', () => {
    expect(rightKeyAsked(evidence([bill({ mistakes: { ...none, revokedKey: 3 } })]))).toEqual([])
    for (const mistake of ['unknownKey', 'otherKey', 'unknownSource']) {
      const counted = evidence([bill({ mistakes: { ...none, [mistake]: 1 } })])
      expect(rightKeyAsked(counted)).toEqual([`north counted ${mistake} 1 times`])
    }
  })

  test.each([
    { made: 'by the key of its source', key: 'a', broken: 0 },
    { made: 'by another key', key: 'b', broken: 1 },
  ])('a remix that is made $made', ({ key, broken }) => {
    const jobs = [job('first', 'a', null), job('remix', key, 'first')]
    expect(derivedAtSource(evidence([bill({ jobs })]))).toHaveLength(broken)
  })

  test('a remix at another upstream, or of nothing, is found', () => {
    const there = bill({ upstream: 'south', jobs: [job('remix', 'a', 'first')] })
    expect(derivedAtSource(evidence([bill({ jobs: [job('first', 'a', null)] }), there]))).toHaveLength(1)
    expect(derivedAtSource(evidence([there]))).toEqual(['south/a made remix from a video of nobody'])
  })

  test('the ledger and the task name who was paid', () => {
    const bills = [bill({ jobs: [job('first', 'a', null)] })]
    const said = (credential: string) => ({
      ledger: [{ externalId: 'first', credential }],
      rows: [{ externalTaskId: 'first', credential }],
    })
    expect(paidAsWritten(evidence(bills, said('north/a')))).toEqual([])
    expect(paidAsWritten(evidence(bills, said('north/b')))).toHaveLength(2)
  })

  test.each([
    { counted: 'as many as it may', mostRunning: 2, limited: 0, broken: 0 },
    { counted: 'one too many', mostRunning: 3, limited: 0, broken: 1 },
    { counted: 'one turned away', mostRunning: 2, limited: 1, broken: 1 },
  ])('a key that had $counted', ({ mostRunning, limited, broken }) => {
    const keys = [{ name: 'a', mostRunning, limited, made: 9 }]
    expect(limitsKept(evidence([bill({ keys })]))).toHaveLength(broken)
  })
})

function bill(of: Partial<UpstreamBill> = {}): UpstreamBill {
  const plans = [{ name: 'a', maxInFlight: 2 }, { name: 'b' }]
  return { upstream: 'north', plans, canFind: true, jobs: [], keys: [], mistakes: none, ...of }
}

function job(id: string, key: string, source: string | null) {
  return { source, prompt: id, count: 1, ids: [id], made: [{ id, key }] }
}

function evidence(bills: UpstreamBill[], of: { ledger?: object[]; rows?: object[] } = {}): Evidence {
  return { bills, ledger: [], rows: [], ...of } as unknown as Evidence
}
