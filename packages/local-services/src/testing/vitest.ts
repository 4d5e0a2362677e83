import { removeFolder, throwawayFolder } from '../local-folder.ts'
import { startServices } from '../stores/services.ts'

/** Vitest's globalSetup: gives tests a Postgres and a Redis when the environment names none. */
export async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (process.env.DATABASE_URL && process.env.REDIS_URL) return
  const dir = throwawayFolder('test')
  const services = await startServices({ dir, fsync: false, onProgress: (message) => console.error(message) })
  process.env.DATABASE_URL = services.databaseUrl
  process.env.REDIS_URL = services.redisUrl
  return async () => {
    await services.stop()
    removeFolder(dir)
  }
}
