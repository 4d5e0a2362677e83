import type { FastifyRequest } from 'fastify'
import type { VideoError } from '../life.ts'
import { type ArmedFault, createArmedFaults, type Scope } from './armed-faults.ts'
import { type Fault, readMarkers } from './fault.ts'
import { createFaultHistory } from './history.ts'
import { type FaultKind, type FaultName, faultKinds, type Moment } from './kinds.ts'

/** Whom a fault happens to: a (source, prompt), or a video of some age. */
export interface Victim {
  subject: string
  age: number
  request: FastifyRequest
}

/** A fault that is due, and that the route itself has to play. */
export type Quirk = Pick<Fault, 'name' | 'value' | 'armedAt'>

export interface Faults {
  arm(fault: ArmedFault): void
  clear(): void
  reset(): void
  /** The faults a new job carries: one armed for submissions, and those its prompt asks for. */
  ofPrompt(prompt: string): Fault[]
  /**
   * Plays what is armed for such a request, as `meet` does what is due at a moment. Both return what the route has to
   * play.
   */
  meetArmed(scope: Exclude<Scope, 'submit'>, request: FastifyRequest): Promise<Quirk[]>
  meet(moment: Moment, faults: Fault[], victim: Victim): Promise<Quirk[]>
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

    meetArmed: (scope, request) => play(take(scope), request),

    meet(moment, faults, { subject, age, request }) {
      const isDue = (fault: Fault) => history.due(moment, fault, subject, age)
      return play(faults, request, isDue)
    },

    endingOf(faults, subject) {
      const fault = faults.find((candidate) => history.due('ending', candidate, subject, 0))
      const kind: FaultKind | undefined = fault && faultKinds[fault.name]
      return kind?.failure ? { ...kind.failure, status: fault?.value } : null
    },

    hides: (video, age) => video.faults.some((fault) => history.due('list', fault, video.id, age)),
  }
}

export function quirkOf(quirks: Quirk[], wanted: FaultName): Quirk | undefined {
  return quirks.find(({ name }) => name === wanted)
}

async function play(faults: Fault[], request: FastifyRequest, isDue = (_: Fault) => true): Promise<Quirk[]> {
  const quirks: Quirk[] = []
  for (const fault of faults) {
    if (!isDue(fault)) continue
    const { happens }: FaultKind = faultKinds[fault.name]
    if (happens) await happens({ value: fault.value, request })
    else quirks.push(fault)
  }
  return quirks
}
