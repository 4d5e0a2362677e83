import { expect, test } from 'vitest'
import type { Span, Step } from '../src/audit/credential-history.ts'
import type { Change } from '../src/audit/history.ts'
import { idleBesideWaiting } from '../src/audit/idle-keys.ts'
import type { KeyPlan } from '../src/world/upstreams.ts'

const A = 'north/a'
const B = 'south/b'
const LEAST_MS = 5000

test('a task that waits while a key is free is told of', () => {
  expect(idleFor({ waits: 'one', changes: [queued('one', 1000)] })).toEqual([A, B])
})

test('a task that is sent soon waits for nobody', () => {
  const facts = { waits: 'one', changes: [queued('one', 1000)], steps: [sending('one', A, 2000)] }
  expect(idleFor(facts)).toEqual([])
})

test('a key that makes all it may make is not free', () => {
  const full = [queued('one', 0), processing('one', 100), completed('one', 60_000)]
  const steps = [sending('one', A, 50), sending('two', A, 58_000)]
  const facts = { waits: 'two', changes: [...full, queued('two', 1000)], steps, candidates: [A] }
  expect(idleFor({ ...facts, plan: { maxInFlight: 1 } })).toEqual([])
  expect(idleFor({ ...facts, plan: { maxInFlight: 2 } })).toEqual([A])
})

test('a key that began all it may begin within a minute is not free', () => {
  const ended = [queued('one', 0), processing('one', 100), completed('one', 200)]
  const steps = [sending('one', A, 50), sending('two', A, 60_000)]
  const facts = { waits: 'two', changes: [...ended, queued('two', 1000)], steps, candidates: [A] }
  expect(idleFor({ ...facts, plan: { submitsPerMinute: 1 } })).toEqual([])
  expect(idleFor({ ...facts, plan: { submitsPerMinute: 2 } })).toEqual([A])
})

test('a broken key makes nobody wait for it while another is free', () => {
  const facts = { waits: 'one', changes: [queued('one', 1000)], steps: [sending('one', B, 20_000)] }
  const troubles = [{ credential: A, from: 0, to: 60_000 }]
  expect(idleFor({ ...facts, troubles })).toEqual([B])
  expect(idleFor({ ...facts, troubles, candidates: [A] })).toEqual([])
})

test('a task that was told to come back later waits from then on', () => {
  const told = { ...sending('one', A, 1500), outcome: 'not_sent' as const, at: 2000, waitsUntil: 30_000 }
  const facts = { waits: 'one', changes: [queued('one', 1000)], candidates: [A] }
  const steps = [sending('one', A, 1500), told]
  expect(idleFor({ ...facts, steps: [...steps, sending('one', A, 34_000)] })).toEqual([])
  expect(idleFor({ ...facts, steps: [...steps, sending('one', A, 36_000)] })).toEqual([A])
})

type Scene = {
  waits: string
  changes: Change[]
  steps?: Step[]
  plan?: Omit<KeyPlan, 'name'>
  troubles?: Span[]
  candidates?: string[]
}

/** Beside which keys the task waited for too long. */
function idleFor({ waits, changes, steps = [], plan = {}, troubles = [], candidates = [A, B] }: Scene) {
  const facts = {
    history: Map.groupBy(changes, ({ videoId }) => videoId),
    steps,
    plans: new Map([A, B].map((credential) => [credential, { name: credential, ...plan }])),
    troubles,
    candidatesOf: (videoId: string) => (videoId === waits ? candidates : []),
  }
  return idleBesideWaiting(facts, LEAST_MS).map(({ credential }) => credential)
}

function sending(videoId: string, credential: string, at: number): Step {
  return { videoId, attempt: 1, outcome: 'sending', credential, at, waitsUntil: null, notBefore: {} }
}

const queued = (videoId: string, at: number) => change(videoId, 'QUEUED', at)
const processing = (videoId: string, at: number) => change(videoId, 'PROCESSING', at)
const completed = (videoId: string, at: number) => change(videoId, 'COMPLETED', at)

function change(videoId: string, status: Change['status'], at: number): Change {
  return {
    videoId,
    status,
    attempt: 1,
    version: 1,
    progress: 0,
    externalTaskId: null,
    autoRetriesUsed: 0,
    archive: null,
    at,
  }
}
