import { once } from 'node:events'
import { existsSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { guardedSpawn, stopProcess } from '../src/processes/guard.ts'
import { endProcessesOf, failureFile, RUN_VARIABLE } from '../src/processes/run-processes.ts'
import { aFolder } from '../src/testing/a-folder.ts'

const root = join(import.meta.dirname, '../../..')
const hangs = `test('hangs', () => new Promise(() => {}))`
const holds = `spawn('sleep', ['600'], { stdio: 'inherit', detached: true })`

test.each([
  ['its child holds the output', `test('fails', () => { ${holds}; throw new Error('by hand') })`, 'by hand'],
  ['its worker dies', `test('dies', () => { process.kill(process.pid, 'SIGKILL') })`, 'SIGKILL'],
  ['another test hangs', `test('fails', () => { throw new Error('by hand') })`, 'by hand'],
])('a run that failed ends and tells why, though %s', async (_, failing, reason) => {
  const folder = aFolder()
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  const suite = JSON.stringify(join(import.meta.dirname, '../src/testing/suite.ts'))
  writeFileSync(join(folder, 'vitest.config.ts'), `export { suite as default } from ${suite}`)
  const imports = `import { spawn } from 'node:child_process'; import { test } from 'vitest'`
  writeFileSync(join(folder, 'failing.test.ts'), `${imports}\n${failing}`)
  writeFileSync(join(folder, 'hanging.test.ts'), `${imports}\n${hangs}`)

  const vitest = guardedSpawn(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), 'run'], {
    cwd: folder,
    env: { ...process.env, [RUN_VARIABLE]: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(async () => {
    await stopProcess(vitest)
    await endProcessesOf(folder)
  })
  const streams = [vitest.stdout, vitest.stderr].filter((stream) => stream !== null)
  const said = Promise.all(streams.map((stream) => text(stream)))
  const [code] = await once(vitest, 'exit')
  expect(code).not.toBe(0)
  await endProcessesOf(folder)
  expect((await said).join()).toContain(reason)
  expect(failureFile(folder)).toSatisfy((file: string) => existsSync(file))
})
