import { type ChildProcess, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { throwawayParent } from '../src/local-folder.ts'
import { guardedSpawn, stopProcess } from '../src/processes/guard.ts'
import { identify } from '../src/processes/process-identity.ts'

type OnTestFinished = typeof onTestFinished

const run = join(import.meta.dirname, '../src/run.ts')
const env = { ...process.env, DATABASE_URL: '', REDIS_URL: '' }

test('a command gets both urls and its exit code is passed on', () => {
  const script = 'console.log(process.env.DATABASE_URL, process.env.REDIS_URL); process.exit(7)'
  const { status, stdout } = spawnSync(process.execPath, [run, '--', process.execPath, '-e', script], { env })
  expect(String(stdout)).toMatch(/^postgres:.* redis:.*\n$/)
  expect(status).toBe(7)
})

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 143],
] as const)('%s reaches the command and nothing is left behind', async (signal, code) => {
  const { runner, folder } = await aRunner(onTestFinished, 'echo $$; exec sleep 600')
  runner.kill(signal)
  expect(await once(runner, 'exit')).toEqual([code, null])
  expect(existsSync(folder)).toBe(false)
})

test.concurrent('a command that ignores SIGTERM is ended all the same', async ({
  onTestFinished,
  expect,
}) => {
  const { runner, pids, folder } = await aRunner(
    onTestFinished,
    'trap "" TERM; echo $$; while :; do sleep 0.1; done',
  )
  runner.kill('SIGTERM')
  expect(await once(runner, 'exit')).toEqual([137, null])
  expect(pids.filter(identify)).toEqual([])
  expect(existsSync(folder)).toBe(false)
})

test.concurrent('a process that a failed command leaves behind is ended, and holds nobody’s output', async ({
  onTestFinished,
  expect,
}) => {
  const { runner, pids, output } = await aRunner(onTestFinished, 'setsid sleep 600 & echo $!; exit 3')
  // The end of the output, which that process has, too.
  await output
  expect(await exitOf(runner)).toBe(3)
  expect(pids.filter(identify)).toEqual([])
})

test.concurrent('a command that goes on after a failure is ended', async ({ onTestFinished, expect }) => {
  const failing = `: > "$REELAY_RUN/failed"`
  const { runner, pids } = await aRunner(onTestFinished, `setsid sleep 600 & echo $!; ${failing}; wait`)
  expect(await exitOf(runner)).not.toBe(0)
  expect(pids.filter(identify)).toEqual([])
})

test.concurrent('a runner that is killed leaves neither processes nor its folder', async ({
  onTestFinished,
  expect,
}) => {
  const { runner, pids, folder } = await aRunner(onTestFinished, 'setsid sleep 600 & echo $!; exec sleep 600')
  runner.kill('SIGKILL')
  await expect.poll(() => pids.filter(identify)).toEqual([])
  await expect.poll(() => existsSync(folder)).toBe(false)
})

/** A runner of a script that has said which of its processes is to be looked at. */
async function aRunner(onTestFinished: OnTestFinished, script: string) {
  const runner = guardedSpawn(process.execPath, [run, '--', 'sh', '-c', script], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => stopProcess(runner))
  const stdout = runner.stdout as NonNullable<typeof runner.stdout>
  const output = text(stdout)
  const [line] = await once(stdout, 'data')
  const pids = [Number(line)]
  return { runner, pids, output, folder: join(throwawayParent(), `run-${runner.pid}`) }
}

async function exitOf(runner: ChildProcess): Promise<number | null> {
  if (runner.exitCode === null && runner.signalCode === null) await once(runner, 'exit')
  return runner.exitCode
}
