import type { Media } from './media.ts'
import { type Video, videoLimit } from './videos.ts'

/** All that was made for one source and prompt; `made` tells how, in the order of `ids`. */
export interface BilledJob {
  source: string | null
  prompt: string
  count: number
  ids: string[]
  made: BilledVideo[]
}

/**
 * The key that pays is told by its name, and is null where none is needed. `sourceBy` is how the video it is made from
 * was named, `clip` what it is made from when that came as a file.
 */
export interface BilledVideo {
  id: string
  key: string | null
  sourceBy: Video['sourceBy']
  picture: Media | null
  clip: Media | null
}

/**
 * Requests that should never come: `otherKey` for a video that another key made, `unknownSource` to derive from a video
 * that upstream doesn't have, or not for this key.
 */
export interface Mistakes {
  unknownKey: number
  revokedKey: number
  otherKey: number
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
