import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { guardedSpawn, stopProcess } from '../src/processes/guard.ts'
import { identify } from '../src/processes/process-identity.ts'
import { startRedis } from '../src/stores/services.ts'
import { aFolder } from '../src/testing/a-folder.ts'

test.each(['SIGKILL', 'SIGINT'] as const)(
  'a launcher that gets %s leaves no server behind',
  async (signal) => {
    const { launcher, servers } = await aLauncher(aFolder())
    launcher.kill(signal)
    await gone(servers)
  },
)

test('Ctrl-C in the terminal of a launcher leaves no server behind', async () => {
  const { launcher, servers } = await aLauncher(aFolder())
  process.kill(-(launcher.pid ?? 0), 'SIGINT')
  await gone(servers)
})

test('a folder is refused while its launcher lives and taken over afterwards', async () => {
  const dir = aFolder()
  const { launcher, servers } = await aLauncher(dir)
  await expect(startRedis({ dir })).rejects.toThrow(`used by process ${launcher.pid}`)

  launcher.kill('SIGKILL')
  await once(launcher, 'exit')
  const redis = await startRedis({ dir })
  await redis.stop()
  await gone(servers)
})

test.runIf(process.platform === 'linux')(
  'a server whose guard was killed too is stopped by the next start',
  async () => {
    const dir = aFolder()
    const { launcher, servers, guard } = await aLauncher(dir)
    for (const pid of [guard, launcher.pid ?? 0]) process.kill(pid, 'SIGKILL')
    await once(launcher, 'exit')
    expect(servers.map(identify)).not.toContain(undefined)

    const again = await aLauncher(dir)
    await gone(servers)
    again.launcher.kill('SIGTERM')
    await gone(again.servers)
  },
)

test('a process that ignores its signal is killed', async () => {
  const stubborn = guardedSpawn('sh', ['-c', 'trap "" TERM; echo ready; while :; do sleep 0.1; done'])
  await once(stubborn.stdout as NonNullable<typeof stubborn.stdout>, 'data')
  await stopProcess(stubborn, { timeoutMs: 200 })
  expect(stubborn.signalCode).toBe('SIGKILL')
})

type Launched = { launcher: ChildProcess; servers: number[]; guard: number }

async function aLauncher(dir: string): Promise<Launched> {
  const launcher = guardedSpawn(process.execPath, [join(import.meta.dirname, 'launcher.ts'), dir], {
    env: { ...process.env, DATABASE_URL: '', REDIS_URL: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const servers: number[] = []
  onTestFinished(async () => {
    await stopProcess(launcher)
    for (const pid of servers) if (identify(pid)) process.kill(pid, 'SIGKILL')
  })
  const [line] = await once(launcher.stdout as NonNullable<typeof launcher.stdout>, 'data')
  const said = JSON.parse(String(line)) as Omit<Launched, 'launcher'>
  servers.push(...said.servers)
  return { launcher, servers, guard: said.guard }
}

async function gone(pids: number[]): Promise<void> {
  await expect.poll(() => pids.filter(identify)).toEqual([])
}
