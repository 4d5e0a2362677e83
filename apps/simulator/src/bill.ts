import { type Video, videoLimit } from './videos.ts'

export interface BilledJob {
  source: string | null
  prompt: string
  count: number
  ids: string[]
}

export interface Bill {
  charge(video: Video): void
  read(): { total: number; jobs: BilledJob[] }
  reset(): void
}

/** Counts what upstream would ask money for; a deleted video stays paid. */
export function createBill(): Bill {
  let total = 0
  let charged: Pick<Video, 'id' | 'source' | 'prompt'>[] = []

  return {
    charge({ id, source, prompt }) {
      total += 1
      charged.push({ id, source, prompt })
      if (charged.length > videoLimit) charged.shift()
    },

    read() {
      const groups = Map.groupBy(charged, ({ source, prompt }) => JSON.stringify([source, prompt]))
      const jobs = [...groups.values()].map((group) => {
        const { source, prompt } = group[0] as Video
        return { source, prompt, count: group.length, ids: group.map(({ id }) => id) }
      })
      return { total, jobs }
    },

    reset() {
      total = 0
      charged = []
    },
  }
}
