import type { Media } from './media.ts'
import { type Video, videoLimit } from './videos.ts'

/** All that was made for one source and prompt. */
export interface BilledJob {
  source: string | null
  prompt: string
  count: number
  ids: string[]
  /** How each of them was made, in the order of `ids`. */
  made: BilledVideo[]
}

export interface BilledVideo {
  id: string
  /** The name of the key that pays; null where none is needed. */
  key: string | null
  /** How the video it is made from was named. */
  sourceBy: Video['sourceBy']
  picture: Media | null
  /** The clip it is made from, when that came as a file. */
  clip: Media | null
}

/** Requests that should never come. */
export interface Mistakes {
  unknownKey: number
  revokedKey: number
  /** For a video that another key made. */
  otherKey: number
  /** To derive from a video that upstream doesn't have, or not for this key. */
  unknownSource: number
}

export interface Bill {
  charge(video: Video): void
  mistake(name: keyof Mistakes): void
  read(): { total: number; jobs: BilledJob[]; mistakes: Mistakes }
  reset(): void
}

type Charge = BilledVideo & { source: string | null; prompt: string }

const none: Mistakes = { unknownKey: 0, revokedKey: 0, otherKey: 0, unknownSource: 0 }

/** Counts what upstream would ask money for; a deleted video stays paid. */
export function createBill(): Bill {
  let total = 0
  let charges: Charge[] = []
  let mistakes = { ...none }

  return {
    charge({ source, prompt, ...video }) {
      total += 1
      charges.push({ source, prompt, ...billed(video) })
      if (charges.length > videoLimit) charges.shift()
    },

    mistake(name) {
      mistakes[name] += 1
    },

    read() {
      const groups = Map.groupBy(charges, ({ source, prompt }) => JSON.stringify([source, prompt]))
      return { total, jobs: [...groups.values()].map(jobOf), mistakes: { ...mistakes } }
    },

    reset() {
      total = 0
      charges = []
      mistakes = { ...none }
    },
  }
}

function jobOf(group: Charge[]): BilledJob {
  const { source, prompt } = group[0] as Charge
  return { source, prompt, count: group.length, ids: group.map(({ id }) => id), made: group.map(billed) }
}

function billed({ id, key, sourceBy, picture, clip }: BilledVideo): BilledVideo {
  return { id, key, sourceBy, picture, clip }
}
