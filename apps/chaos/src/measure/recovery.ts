import type { Load } from '../load/load.ts'
import type { World } from '../world/world.ts'

/** Whether a new task was taken by each api and sent upstream by a worker, and every api says that it is ready. */
export function canWork({ admin, apiUrls }: World, load: Load): () => Promise<boolean> {
  const since = Date.now()
  let wasTaken = false
  void load.submit().then(() => {
    wasTaken = true
  })
  return async () => {
    const ready = await Promise.all(apiUrls.map((url) => fetch(`${url}/health/ready`)))
    if (!wasTaken || ready.some(({ ok }) => !ok)) return false
    const seen = await admin<{ method: string; at: number }[]>('requests')
    return seen.some(({ method, at }) => method === 'POST' && at >= since)
  }
}
