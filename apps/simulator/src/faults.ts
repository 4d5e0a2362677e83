import type { FastifyRequest } from 'fastify'
import { type FaultKind, type FaultName, faultKinds, type History, type Moment } from './fault-kinds.ts'
import type { Failure } from './life.ts'

/** The kind of request that an armed fault waits for. */
export const scopes = ['submit', 'retrieve', 'list', 'content'] as const
export type Scope = (typeof scopes)[number]

export interface Fault {
  name: FaultName
  value?: number | undefined
  /** How many posts of one (source, prompt) it happens to. */
  count?: number | undefined
}

/** Whom a fault happens to: a (source, prompt), or a video of some age. */
export interface Victim {
  subject: string
  age: number
  request: FastifyRequest
}

export interface Faults {
  /** Makes the next `count` requests of a scope meet this fault. */
  arm(fault: Fault & { scope: Scope; count: number }): void
  /** Disarms all faults. */
  clear(): void
  /** Forgets too what has happened to whom. */
  reset(): void
  /** The faults a new job carries: one armed for submissions, and those its prompt asks for. */
  ofPrompt(prompt: string): Fault[]
  /** Lets an armed fault happen to a reading request. */
  meetArmed(scope: Exclude<Scope, 'submit'>, request: FastifyRequest): Promise<void>
  /** Lets those of the faults happen whose moment this is. */
  meet(moment: Moment, faults: Fault[], victim: Victim): Promise<void>
  endingOf(faults: Fault[], subject: string): Failure | null
  /** Whether a list leaves a video out that carries these. */
  hides(video: { id: string; faults: Fault[] }, age: number): boolean
}

/** Keeps what was armed and how often each fault has happened to whom. */
export function createFaults(): Faults {
  let armed: (Fault & { scope: Scope; count: number })[] = []
  const happened = new Map<string, number>()

  function take(scope: Scope): Fault[] {
    const fault = armed.find((candidate) => candidate.scope === scope)
    if (!fault) return []
    fault.count -= 1
    armed = armed.filter(({ count }) => count > 0)
    return [{ ...fault, count: Number.POSITIVE_INFINITY }]
  }

  function due(moment: Moment, { name, value, count }: Fault, subject: string, age: number): boolean {
    const kind: FaultKind = faultKinds[name]
    if (kind.at !== moment) return false

    const key = JSON.stringify([name, subject])
    const times = happened.get(key) ?? 0
    const { lasts = firstPosts, count: usual = Number.POSITIVE_INFINITY } = kind
    const isDue = lasts({ times, age, value, count: count ?? usual })
    if (isDue) happened.set(key, times + 1)
    return isDue
  }

  return {
    arm: (fault) => {
      armed.push(fault)
    },

    clear() {
      armed = []
    },

    reset() {
      armed = []
      happened.clear()
    },

    ofPrompt: (prompt) => [...take('submit'), ...readMarkers(prompt)],

    async meetArmed(scope, request) {
      for (const { name, value } of take(scope)) {
        const { happens }: FaultKind = faultKinds[name]
        await happens?.({ value, request })
      }
    },

    async meet(moment, faults, { subject, age, request }) {
      for (const fault of faults) {
        const { happens }: FaultKind = faultKinds[fault.name]
        if (due(moment, fault, subject, age)) await happens?.({ value: fault.value, request })
      }
    },

    endingOf(faults, subject) {
      const fault = faults.find((candidate) => due('ending', candidate, subject, 0))
      const kind: FaultKind | undefined = fault && faultKinds[fault.name]
      return kind?.failure ?? null
    },

    hides: (video, age) => video.faults.some((fault) => due('list', fault, video.id, age)),
  }
}

function firstPosts({ times, count }: History): boolean {
  return times < count
}

/** `[fault:name]`, `[fault:name=value]` or `[fault:name=value,count]`, anywhere in a prompt. */
function readMarkers(prompt: string): Fault[] {
  const markers = prompt.matchAll(/\[fault:(\w+)(?:=(\d+)(?:,(\d+))?)?\]/g)
  return [...markers].flatMap(([, name, value, count]) =>
    isFaultName(name) ? [{ name, value: numberOf(value), count: numberOf(count) }] : [],
  )
}

function isFaultName(name: string | undefined): name is FaultName {
  return name !== undefined && Object.hasOwn(faultKinds, name)
}

function numberOf(digits: string | undefined): number | undefined {
  return digits === undefined ? undefined : Number(digits)
}
