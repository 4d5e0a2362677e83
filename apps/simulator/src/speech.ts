import type { Dialect } from './dialect.ts'
import { type DialectName, dialects } from './dialects/all.ts'

export type Speech = ReturnType<typeof createSpeech>

export function createSpeech(start: DialectName) {
  let name = start

  return {
    name: () => name,
    dialect: (): Dialect => dialects[name],
    speak: (next: DialectName) => {
      name = next
    },
    reset: () => {
      name = start
    },
  }
}
