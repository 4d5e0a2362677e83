import { randomBytes } from 'node:crypto'
import { createClient, type ReelayClient, type TaskState } from '@reelay/client/client'
import { createTestDatabase } from '@reelay/db/test-database'
import { removeFolder, temporaryFolder } from '@reelay/local-services/local-folder'
import { type Stack, startStack } from '../src/stack.ts'

const traveller = { username: 'traveller', password: 'a long way home' }

/**
 * A stack with a database and key prefix of its own, and somebody logged in. Nothing is turned away because this
 * machine is busy.
 */
export async function startTestStack(env: Record<string, string>, workers = 2) {
  const database = await createTestDatabase()
  const name = `test-${randomBytes(4).toString('hex')}`
  const dir = temporaryFolder()
  const stack = await startStack({
    dir,
    workers,
    env: { DATABASE_URL: database.url, REDIS_PREFIX: name, SHED_AT_DELAY_MS: '0', ...env },
  })
  const guest = createClient({ baseUrl: stack.apiUrl })
  await guest.register({ ...traveller, email: 'traveller@example.com' })
  return {
    stack,
    dir,
    db: database.db,
    account: traveller,
    client: await guest.login(traveller.username, traveller.password),
    async [Symbol.asyncDispose]() {
      await stack.stop()
      await database.drop()
      removeFolder(dir)
    },
  }
}

/** A task's state once its clip is in our own store, as the feed tells it. */
export async function untilKept(client: ReelayClient, videoId: string): Promise<TaskState> {
  for await (const state of client.watch())
    if (state.videoId === videoId && state.archivedAt !== null) return state
  throw new Error('the feed has ended')
}

/** Asks the simulator's admin routes. */
export async function admin(stack: Stack, path: string): Promise<unknown> {
  return (await fetch(`${stack.simulatorAdminUrl}/${path}`)).json()
}
