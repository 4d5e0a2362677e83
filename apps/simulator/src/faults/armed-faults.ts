import type { Fault } from './fault.ts'

/** The kind of request that an armed fault waits for. */
export const scopes = ['submit', 'retrieve', 'list', 'content', 'delete'] as const
export type Scope = (typeof scopes)[number]

export type ArmedFault = Fault & { scope: Scope; count: number }

declare module 'fastify' {
  interface FastifyContextConfig {
    scope?: Scope
  }
}

export function createArmedFaults() {
  let armed: ArmedFault[] = []

  return {
    arm(fault: ArmedFault): void {
      armed.push({ ...fault, armedAt: Date.now() })
    },

    clear(): void {
      armed = []
    },

    /** What a request of this scope meets: one or none. */
    take(scope: Scope): Fault[] {
      const fault = armed.find((candidate) => candidate.scope === scope)
      if (!fault) return []
      fault.count -= 1
      armed = armed.filter(({ count }) => count > 0)
      return [{ ...fault, count: Number.POSITIVE_INFINITY }]
    },
  }
}
