import { isDeepStrictEqual } from 'node:util'
import { startSimulator } from '@reelay/simulator/server'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { guessDialect, type Seen } from '../../src/commands/guess/guess-dialect.ts'
import { askAround } from '../../src/commands/guess/probes.ts'
import { KEY } from '../upstream.ts'
import { addVideo, type DialectName, dialectNames } from './simulators.ts'

const timeoutMs = 60_000
const answers = {} as Record<DialectName, Seen[]>
const answersWithVideo = {} as Record<DialectName, Seen[]>

beforeAll(async () => {
  for (const dialect of dialectNames) {
    const simulator = await startSimulator({ dialect, key: KEY })
    const asked = { baseUrl: simulator.url, key: KEY, timeoutMs }
    answers[dialect] = await askAround(asked)
    await addVideo(simulator)
    answersWithVideo[dialect] = await askAround(asked)
    await simulator.close()
  }
})

test.each(dialectNames)('%s is named by its answers, whether it has videos or not', (dialect) => {
  expect(guessDialect(answers[dialect])).toMatchObject({ dialect })
  expect(guessDialect(answersWithVideo[dialect])).toMatchObject({ dialect })
})

test.each(dialectNames)('%s is not named without the answer to either question', (dialect) => {
  for (const probe of ['unknown', 'list'] as const) {
    const rest = answers[dialect].filter((seen) => seen.probe !== probe)
    expect(guessDialect(rest).dialect).toBeUndefined()
  }
})

test.each(dialectNames.filter((name) => name !== 'trtllm'))(
  '%s is not named by refusals alone',
  (dialect) => {
    const refusals = answers[dialect].filter(({ status }) => status === 401)
    const { dialect: named, candidates } = guessDialect(refusals)
    expect(named).toBeUndefined()
    expect(candidates).toContain(dialect)
  },
)

test('an answer in place of another dialect’s leaves it unsure, hundreds of times', () => {
  const mixed = [answers, answersWithVideo].flatMap((of) =>
    dialectNames.flatMap((one) => dialectNames.flatMap((other) => withOneOf(of[one], of[other]))),
  )
  expect(mixed.length).toBeGreaterThan(300)
  expect(mixed.map(guessDialect).filter(({ dialect }) => dialect !== undefined)).toEqual([])
})

test('answers of several dialects at random leave it unsure', () => {
  const pick = fc.constantFrom(...dialectNames)
  let mixed = 0
  fc.assert(
    fc.property(fc.array(pick, { minLength: 6, maxLength: 6 }), (picked) => {
      const seen = slots.flatMap((slot, index) => inSlot(answers[picked[index] as DialectName], slot) ?? [])
      fc.pre(!dialectNames.some((dialect) => seen.every((each) => isFrom(dialect, each))))
      mixed += 1
      expect(guessDialect(seen).dialect).toBeUndefined()
    }),
    { numRuns: 300 },
  )
  expect(mixed).toBeGreaterThan(100)
})

test.each<[string, unknown, number]>([
  ['a page', undefined, 200],
  ['a page that is missing', undefined, 404],
  ['nothing', {}, 200],
  ['a list', [], 200],
  ['a text', 'not found', 404],
  ['health', { status: 'ok' }, 200],
  ['a web framework’s error', { detail: 'Not Found' }, 404],
  ['an error as text', { error: 'not found' }, 404],
  ['an error of chat models', { error: { message: 'm', type: 't', param: null, code: null } }, 404],
  ['a cloud’s error', { error: { code: 404, message: 'm', status: 'NOT_FOUND' } }, 404],
  ['a cluster’s error', { kind: 'Status', code: 404, message: 'm', status: 'Failure' }, 404],
  ['errors of a query', { errors: [{ message: 'm' }] }, 200],
  ['a problem', { type: 'about:blank', title: 'Not Found', status: 404 }, 404],
  ['a list of something else', { object: 'list', data: [], total: 0 }, 200],
  ['an envelope', { code: 0, message: 'ok', data: [] }, 200],
  ['trouble', { error: { message: 'm', type: 't', param: null, code: null } }, 502],
])('%s is nobody’s answer', (_, body, status) => {
  const seen: Seen[] = [
    { probe: 'unknown', style: 'bearer', status, body },
    { probe: 'list', style: 'bearer', status, body },
  ]
  expect(guessDialect(seen).dialect).toBeUndefined()
  for (const dialect of dialectNames) {
    const [, ...rest] = answers[dialect]
    expect(guessDialect([...rest, ...seen]).dialect).toBeUndefined()
  }
})

test('no answers are nobody’s', () => {
  expect(guessDialect([])).toEqual({ candidates: [] })
})

type Slot = Pick<Seen, 'probe' | 'style'>

const slots: Slot[] = [
  { probe: 'unknown', style: 'none' },
  { probe: 'list', style: 'none' },
  { probe: 'unknown', style: 'bearer' },
  { probe: 'list', style: 'bearer' },
  { probe: 'unknown', style: 'raw' },
  { probe: 'unknown', style: 'api-key' },
]

function inSlot(seen: readonly Seen[], { probe, style }: Slot): Seen | undefined {
  return seen.find((each) => each.probe === probe && each.style === style)
}

/** Each answer of one in turn is another's, unless the other says the same. */
function withOneOf(one: readonly Seen[], other: readonly Seen[]): Seen[][] {
  return one.flatMap((seen, index) => {
    const instead = inSlot(other, seen)
    const isSame = !instead || isDeepStrictEqual(outline(instead), outline(seen))
    return isSame ? [] : [one.with(index, instead)]
  })
}

function isFrom(dialect: DialectName, seen: Seen): boolean {
  const own = inSlot(answers[dialect], seen)
  return own !== undefined && isDeepStrictEqual(outline(own), outline(seen))
}

/** Without what differs from one video and one base URL to the next. */
function outline({ status, body }: Seen): unknown {
  const text = JSON.stringify({ status, body }) ?? ''
  const members = JSON.parse(text.replaceAll(/Invalid URL \([^)]*\)/g, 'Invalid URL'))
  if (Array.isArray(members.body?.data)) {
    members.body.data = members.body.data.map(({ id }: { id: string }) => id.replace(/[0-9a-f]{8,}.*$/, ''))
    for (const name of ['first_id', 'last_id']) delete members.body[name]
  }
  return members
}
