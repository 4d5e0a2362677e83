import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { throwawayParent } from '../src/local-folder.ts'

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
] as const)('%s reaches the command and nothing is left behind', async (signal, code) => {
  const runner = spawn(process.execPath, [run, '--', 'sh', '-c', 'echo ready; exec sleep 60'], { env })
  await once(runner.stdout, 'data')
  const folder = join(throwawayParent(), `run-${runner.pid}`)
  expect(existsSync(folder)).toBe(true)
  runner.kill(signal)
  expect(await once(runner, 'exit')).toEqual([code, null])
  expect(existsSync(folder)).toBe(false)
})
