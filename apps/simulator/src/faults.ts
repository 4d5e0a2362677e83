import type { FastifyRequest } from 'fastify'
import { type ArmedFault, createArmedFaults, type Scope } from './armed-faults.ts'
import { type Fault, readMarkers } from './fault.ts'
import { createFaultHistory } from './fault-history.ts'
import { type FaultKind, faultKinds, type Moment } from './fault-kinds.ts'
import type { VideoError } from './life.ts'

/** Whom a fault happens to: a (source, prompt), or a video of some age. */
export interface Victim {
  subject: string
  age: number
  request: FastifyRequest
}

export interface Faults {
  arm(fault: ArmedFault): void
  clear(): void
  reset(): void
  /** The faults a new job carries: one armed for submissions, and those its prompt asks for. */
  ofPrompt(prompt: string): Fault[]
  meetArmed(scope: Exclude<Scope, 'submit'>, request: FastifyRequest): Promise<void>
  meet(moment: Moment, faults: Fault[], victim: Victim): Promise<void>
  endingOf(faults: Fault[], subject: string): VideoError | null
  hides(video: { id: string; faults: Fault[] }, age: number): boolean
}

/** Keeps what was armed and how often each fault has happened to whom. */
export function createFaults(): Faults {
  const { arm, clear, take } = createArmedFaults()
  const history = createFaultHistory()

  return {
    arm,
    clear,

    reset() {
      clear()
      history.clear()
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
        if (history.due(moment, fault, subject, age)) await happens?.({ value: fault.value, request })
      }
    },

    endingOf(faults, subject) {
      const fault = faults.find((candidate) => history.due('ending', candidate, subject, 0))
      const kind: FaultKind | undefined = fault && faultKinds[fault.name]
      return kind?.failure ?? null
    },

    hides: (video, age) => video.faults.some((fault) => history.due('list', fault, video.id, age)),
  }
}
