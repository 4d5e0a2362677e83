import type { Presence } from '@reelay/queue/presence'

const EVERY_MS = 5000

/** Says that this worker is there, until it is stopped. Away with Redis are those who would ask, too. */
export function tellPresence(worker: string, { stay, leave }: Presence): { stop: () => Promise<void> } {
  const tell = () => void stay(worker).catch(() => {})
  tell()
  const timer = setInterval(tell, EVERY_MS)
  return {
    async stop() {
      clearInterval(timer)
      await leave(worker).catch(() => {})
    },
  }
}
