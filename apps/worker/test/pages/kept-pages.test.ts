import { firstCredential } from '@reelay/contracts/credential'
import type { ExternalTaskId } from '@reelay/contracts/task'
import type { ListOutcome } from '@reelay/upstream/read-outcome'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { createKeptPages } from '../../src/pages/kept-pages.ts'
import { createPlaces } from '../../src/pages/places.ts'
import { createTrust } from '../../src/pages/trust.ts'

test('what waits when a list is left alone is asked for no more', async () => {
  const answers: ((outcome: ListOutcome) => void)[] = []
  const list = () => new Promise<ListOutcome>((answer) => answers.push(answer))
  const trust = createTrust(firstCredential, pino({ level: 'silent' }))
  const pages = createKeptPages({ list, keptMs: 60_000, places: createPlaces(), trust })
  const reads = Array.from({ length: 40 }, (_, n) => pages.read(`v${n}` as ExternalTaskId))
  const begun = answers.length
  expect(begun).toBeGreaterThan(0)
  expect(begun).toBeLessThan(40)

  for (const answer of answers) answer({ kind: 'trouble', reason: 'upstream answered 500' })
  expect(await Promise.all(reads)).toEqual(reads.map(() => undefined))
  expect(answers).toHaveLength(begun)
})
