import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'

const log = new URL('../src/log.ts', import.meta.url).href

test('a log that goes to no terminal is JSON', () => {
  const [line] = linesOf(`log.info({ videoId: 'video_1' }, 'task moved')`)
  expect(JSON.parse(line ?? '')).toMatchObject({
    level: 30,
    process: 'worker',
    videoId: 'video_1',
    msg: 'task moved',
  })
})

test('what must not be logged is taken out wherever it stands', () => {
  const secrets = `password: 'hidden', headers: { authorization: 'hidden' }, task: { row: { prompt: 'hidden' } }`
  const [line] = linesOf(`log.warn({ ${secrets} }, 'nothing to see')`)
  expect(line).not.toContain('hidden')
  expect(line?.match(/\[redacted\]/g)).toHaveLength(3)
})

test('a line can’t be made into two', () => {
  const lines = linesOf(`log.info({ username: 'a\\n{"level":60}\\u001b[31m' }, 'logged in')`)
  expect(lines).toHaveLength(1)
  expect(lines[0]).not.toContain('\u001b')
})

/** What a process writes whose log does this. */
function linesOf(statement: string): string[] {
  const program = `
    const { createLog } = await import('${log}')
    const log = await createLog('worker', { level: 'info', isDevelopment: true })
    ${statement}`
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })
  return output.trimEnd().split('\n')
}
