import { join } from 'node:path'
import { freePort } from '@reelay/local-services/stores/free-port'
import { untilAnswered } from './answered.ts'
import type { Launcher, LaunchOptions } from './launcher.ts'
import type { Member } from './member.ts'

const apps = join(import.meta.dirname, '../../..')

export function createFleet({ launch }: Launcher) {
  const apis: Member[] = []
  const apiUrls: string[] = []
  const workers: Member[] = []

  async function addApi({
    host = '127.0.0.1',
    ...options
  }: LaunchOptions & { host?: string } = {}): Promise<Member> {
    const port = await freePort()
    const env = { HOST: host, PORT: String(port), ...options.env }
    const api = launch(`api-${apis.length + 1}`, join(apps, 'api/src/main.ts'), { ...options, env })
    apis.push(api)
    apiUrls.push(`http://${host}:${port}`)
    return api
  }

  function addWorker({ main = join(apps, 'worker/src/main.ts'), ...options }: LaunchOptions = {}): Member {
    const worker = launch(`worker-${workers.length + 1}`, main, options)
    workers.push(worker)
    return worker
  }

  async function readyWorker(options: LaunchOptions = {}): Promise<Member> {
    const port = options.env?.WORKER_PORT ?? String(await freePort())
    const worker = addWorker({ ...options, env: { ...options.env, WORKER_PORT: port } })
    await untilAnswered(`http://127.0.0.1:${port}/health/ready`, 'a worker is ready')
    return worker
  }

  function apisReady(): Promise<unknown> {
    return Promise.all(apiUrls.map((url) => untilAnswered(`${url}/health/ready`, 'an api is ready')))
  }

  return { apis, apiUrls, workers, addApi, addWorker, readyWorker, apisReady }
}
