import { until } from '../until.ts'
import { listen } from './listeners.ts'
import type { User } from './users.ts'

export type FarOrder = { url: string; users: User[]; feedsPerUser: number }

/** Runs as a process of its own in another network: opens feeds, and says so when each has heard something. */
process.once('message', async ({ url, users, feedsPerUser }: FarOrder) => {
  const listeners = users.flatMap((user) => Array.from({ length: feedsPerUser }, () => listen(user, [url])))
  await until(() => listeners.every(({ heard }) => heard.length > 0), {
    withinMs: 60_000,
    what: 'all have heard something',
  })
  process.send?.('all listen')
})
