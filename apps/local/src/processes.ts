import type { ChildProcess } from 'node:child_process'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { guardedSpawn, stopProcess } from '@reelay/local-services/processes/guard'
import { untilReady } from '@reelay/local-services/processes/ready'
import { freePort } from '@reelay/local-services/stores/free-port'

export type Processes = ReturnType<typeof createProcesses>

const apps = join(import.meta.dirname, '../..')

export function createProcesses({ logs, env }: { logs: string; env: NodeJS.ProcessEnv }) {
  const all: ChildProcess[] = []
  const workers: ChildProcess[] = []
  mkdirSync(logs, { recursive: true })

  const logOf = (name: string) => join(logs, `${name}.log`)

  function launch(app: string, name = app, more: Record<string, string> = {}): ChildProcess {
    const log = openSync(logOf(name), 'w')
    const child = guardedSpawn(process.execPath, [join(apps, app, 'src/main.ts')], {
      env: { ...env, ...more },
      stdio: ['ignore', log, log],
    })
    closeSync(log)
    all.push(child)
    return child
  }

  return {
    workers,
    launch,

    addWorker(): ChildProcess {
      const child = launch('worker', `worker-${workers.length + 1}`)
      workers.push(child)
      return child
    },

    /** Starts one more api, at a free port where none is named. */
    async addApi(wanted?: number): Promise<{ url: string; process: ChildProcess }> {
      const port = wanted ?? (await freePort())
      const child = launch('api', `api-${port}`, { PORT: String(port) })
      const url = `http://localhost:${port}`
      await untilReady(`${url}/health/ready`, child, { log: logOf(`api-${port}`) })
      return { url, process: child }
    },

    isReady: (url: string, child: ChildProcess, name: string) => untilReady(url, child, { log: logOf(name) }),

    stop: () => Promise.all(all.map((child) => stopProcess(child))),
  }
}
