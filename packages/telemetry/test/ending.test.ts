import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'

const source = (name: string) => JSON.stringify(new URL(`../src/${name}.ts`, import.meta.url).href)

test.each([
  ['an error of ours', `setTimeout(() => { throw new RangeError('a secret prompt') })`, 'RangeError'],
  ['a rejection', `Promise.reject(new TypeError('a secret prompt'))`, 'TypeError'],
  ['a rejection that is no error', `Promise.reject('a secret prompt')`, 'UnhandledPromiseRejection'],
  ['a string', `setTimeout(() => { throw 'a secret prompt' })`, 'a string was thrown'],
  [
    'the system’s own',
    `process.emit('x', process.chdir('/nowhere'))`,
    expect.stringMatching(/ENOENT.*chdir/),
  ],
  [
    'a server that can’t listen',
    `net.createServer().listen(1, '192.0.2.1')`,
    expect.stringContaining('EADDR'),
  ],
])('%s that nobody caught ends the process with one line and no secret', (_, statement, reason) => {
  const { status, stdout, stderr } = run(statement)
  expect(stdout + stderr).not.toContain('secret')
  expect(JSON.parse(stdout)).toMatchObject({ level: 60, reason })
  expect([status, stderr]).toEqual([1, ''])
})

/** What a process says, and how it ends, that does this. */
function run(statement: string) {
  const program = `
    import net from 'node:net'
    const { createLog } = await import(${source('log')})
    const { endOnErrors } = await import(${source('ending')})
    endOnErrors(await createLog('worker', { level: 'info', isDevelopment: false }))
    ${statement}
    setInterval(() => {}, 1000)`
  const hangsMs = 120_000
  return spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    timeout: hangsMs,
  })
}
