import { join } from 'node:path'
import { openBrowser } from '@reelay/local-services/testing/browser'
import { buildStudio } from '../../../studio/build/build-studio.ts'
import { startTestStack } from '../test-stack.ts'

export const operator = { username: 'operator', password: 'Tq7-vexing-Marsh' }

export type StudioWorld = Awaited<ReturnType<typeof startStudioWorld>>

/** The studio as it is built, with a worker, an operator and a browser. */
export async function startStudioWorld(env: Record<string, string>) {
  await buildStudio()
  await using started = new AsyncDisposableStack()
  const all = {
    POLL_INTERVAL_MS: '500',
    ADMIN_USERNAME: operator.username,
    ADMIN_PASSWORD: operator.password,
  }
  const own = started.use(await startTestStack({ ...all, ...env }, 1))
  const browser = started.adopt(await openBrowser(join(own.dir, 'browser')), ({ close }) => close())
  const parts = started.move()
  return { ...own, apiUrl: own.stack.apiUrl, browser, stop: () => parts.disposeAsync() }
}
