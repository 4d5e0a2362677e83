import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { guardedSpawn, stopProcess } from '@reelay/local-services/processes/guard'
import { untilReady } from '@reelay/local-services/processes/ready'
import { freePort } from '@reelay/local-services/stores/free-port'
import type { CrowdOptions, CrowdReport } from './feed-crowd.ts'
import { collectsGarbage, type Server } from './process-cost.ts'

export type Crowd = Awaited<ReturnType<ReturnType<typeof createFeedProcesses>['crowd']>>

const READY_WITHIN_MS = 60_000

/** The processes of the feed's bench: two servers, and crowds of listeners. */
export function createFeedProcesses({ log, apiEnv }: { log: string; apiEnv: Record<string, string> }) {
  const children: ChildProcess[] = []

  function launch(file: string, env: Record<string, string> = {}): ChildProcess {
    const output = openSync(log, 'a')
    const child = guardedSpawn(process.execPath, [...collectsGarbage, join(import.meta.dirname, file)], {
      env,
      stdio: ['ignore', output, output, 'ipc'],
    })
    closeSync(output)
    children.push(child)
    return child
  }

  return {
    async api(): Promise<Server> {
      const port = await freePort()
      const child = launch('../../api/src/main.ts', { ...apiEnv, PORT: String(port) })
      await untilReady(`http://127.0.0.1:${port}/health/ready`, child, { log, withinMs: READY_WITHIN_MS })
      return { pid: child.pid as number, port, child }
    },

    async bare(): Promise<Server> {
      const child = launch('bare-feed.ts')
      const [{ port }] = await once(child, 'message', { signal: AbortSignal.timeout(READY_WITHIN_MS) })
      return { pid: child.pid as number, port, child }
    },

    async crowd(options: CrowdOptions) {
      const child = launch('feed-crowd.ts')
      child.send(options)
      await once(child, 'message', { signal: AbortSignal.timeout(READY_WITHIN_MS) })
      return {
        async report(): Promise<CrowdReport> {
          const answer = once(child, 'message')
          child.send('report')
          return (await answer)[0]
        },
        leave: () => stopProcess(child, { timeoutMs: 2000 }),
      }
    },

    stop: () => Promise.all(children.map((child) => stopProcess(child, { timeoutMs: 2000 }))),
  }
}
