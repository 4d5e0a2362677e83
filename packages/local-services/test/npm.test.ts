import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import { guardedSpawn, stopProcess } from '../src/processes/guard.ts'
import { identify } from '../src/processes/process-identity.ts'
import { aFolder } from '../src/testing/a-folder.ts'

const script = `"${process.execPath}" "${join(import.meta.dirname, 'npm-script.ts')}"`

test.each(['SIGKILL', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const)(
  'a script ends when its npm gets %s and nobody else does',
  async (signal) => {
    const { child: npm, pid } = await start('npm', ['run', 'start'], aPackage({ start: script }))
    npm.kill(signal)
    await expect.poll(() => identify(pid)).toBe(undefined)
  },
)

test.each(['SIGKILL', 'SIGTERM'] as const)(
  'a script that another has run ends when the npm of that one gets %s',
  async (signal) => {
    const scripts = { all: 'npm run start -- --now && echo done', start: script }
    const { child: npm, pid } = await start('npm', ['run', 'all'], aPackage(scripts))
    npm.kill(signal)
    await expect.poll(() => identify(pid)).toBe(undefined)
  },
)

test('what a shell has started goes on without the shell', async () => {
  const { pid, lines } = await start('sh', ['-c', `${script} & exit`], aFolder())
  const seen = lines.length
  await expect.poll(() => lines.length).toBeGreaterThan(seen + 5)
  expect(identify(pid)).toBeDefined()
})

test('what a script has left in the background goes on without npm', async () => {
  const scripts = { start: `sh -c '${script} & exit'; true` }
  const { child: npm, pid, lines } = await start('npm', ['run', 'start'], aPackage(scripts))
  npm.kill('SIGKILL')
  const seen = lines.length
  await expect.poll(() => lines.length).toBeGreaterThan(seen + 5)
  expect(identify(pid)).toBeDefined()
})

function aPackage(scripts: Record<string, string>): string {
  const folder = aFolder()
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, scripts }))
  return folder
}

/** Starts it in the folder; resolves when the script has said who it is. */
async function start(command: string, args: string[], cwd: string) {
  const child = guardedSpawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => stopProcess(child))
  const lines: string[] = []
  const said = Promise.withResolvers<number>()
  createInterface({ input: child.stdout as NonNullable<typeof child.stdout> }).on('line', (line) => {
    lines.push(line)
    const [, pid] = /^pid (\d+)$/.exec(line) ?? []
    if (pid) said.resolve(Number(pid))
  })
  const pid = await said.promise
  onTestFinished(() => {
    if (identify(pid)) process.kill(pid, 'SIGKILL')
  })
  return { child, pid, lines }
}
