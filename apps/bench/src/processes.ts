import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { guardedSpawn, stopProcess } from '@reelay/local-services/processes/guard'
import { untilReady } from '@reelay/local-services/processes/ready'
import { freePort } from '@reelay/local-services/stores/free-port'

export type Processes = ReturnType<typeof createProcesses>

export type Running = { pid: number; origin: string }

const apps = join(import.meta.dirname, '../..')
const READY_WITHIN_MS = 30_000

/** Starts the measured processes, each by its own main file, and stops them together. */
export function createProcesses({ logs, env }: { logs: string; env: Record<string, string | undefined> }) {
  const children: ChildProcess[] = []
  mkdirSync(logs, { recursive: true })

  function launch(name: string, args: string[], more: Record<string, string> = {}): ChildProcess {
    const log = openSync(join(logs, `${name}.log`), 'a')
    const child = guardedSpawn(process.execPath, args, {
      env: { ...env, ...more },
      stdio: ['ignore', log, log, 'ipc'],
    })
    closeSync(log)
    children.push(child)
    return child
  }

  async function launchApp(app: 'api' | 'worker', portName: string, more: Record<string, string>) {
    const port = await freePort()
    const child = launch(app, [join(apps, app, 'src/main.ts')], { ...more, [portName]: String(port) })
    const origin = `http://127.0.0.1:${port}`
    await untilReady(`${origin}/health/ready`, child, { log: logs, withinMs: READY_WITHIN_MS })
    return { pid: child.pid as number, origin }
  }

  return {
    api: (more: Record<string, string> = {}): Promise<Running> => launchApp('api', 'PORT', more),
    worker: (more: Record<string, string> = {}): Promise<Running> => launchApp('worker', 'WORKER_PORT', more),

    /** One of this folder's, which says itself that it is ready and where it listens. */
    async bare(name: string, options: object = {}): Promise<Running> {
      const child = launch(name, [join(import.meta.dirname, `${name}.ts`), JSON.stringify(options)])
      const [said] = await Promise.race([
        once(child, 'message', { signal: AbortSignal.timeout(READY_WITHIN_MS) }),
        once(child, 'exit').then(() => {
          throw new Error(`${name} ended at its start, see ${logs}`)
        }),
      ])
      return { pid: child.pid as number, origin: `http://127.0.0.1:${said.port}` }
    },

    async stop(pids = children.map(({ pid }) => pid)): Promise<void> {
      const chosen = children.filter(({ pid }) => pids.includes(pid))
      await Promise.all(chosen.map((child) => stopProcess(child)))
    },
  }
}
