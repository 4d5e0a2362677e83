import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCommand } from '@reelay/local-services/processes/command'
import { guardedSpawn, stopProcess } from '@reelay/local-services/processes/guard'
import { identify } from '@reelay/local-services/processes/process-identity'
import { freePort } from '@reelay/local-services/stores/free-port'
import { aFolder } from '@reelay/local-services/testing/a-folder'
import { expect, onTestFinished, test } from 'vitest'
import { root } from './manifests.ts'

const hasCurl = spawnSync('curl', ['--version']).status === 0

test('npm start ends with its npm, all of it', async () => {
  const dir = aFolder()
  const npm = await npmStart(dir)
  // Postgres, Redis, api, two workers, and what has started them; the simulator says only where it listens.
  const pids = pidsIn(dir)
  expect(pids.filter(identify)).toHaveLength(6)
  const [url = ''] = /http:[^"]+/.exec(readFileSync(join(dir, 'logs/simulator.log'), 'utf8')) ?? []
  expect(await answers(url)).toBe(true)

  npm.process.kill('SIGKILL')
  await once(npm.process, 'exit')
  await expect.poll(() => pids.filter(identify)).toEqual([])
  await expect.poll(() => answers(url)).toBe(false)
})

test.skipIf(!hasCurl)('the examples of npm start work as they are pasted', async () => {
  const { said } = await npmStart(aFolder())
  const [examples = ''] = /^TOKEN=.*(?=^# the live feed)/ms.exec(said()) ?? []
  const printed = await runCommand(['bash', '-c', examples.replaceAll(/^curl .*$/gm, '\necho; $&')])
  const answered = printed.split('\n').filter((line) => line.startsWith('{'))
  expect(answered.map((line) => JSON.parse(line))).toMatchObject([
    { success: true, data: { tasks: [{ status: 'COMPLETED' }] } },
    { success: true, data: { videoId: expect.any(String), remixed_from: expect.any(String) } },
    { success: true, data: { videoId: expect.any(String) } },
  ])
})

test.each(['abc', '3001x', '70000', '0x10'])('npm start listens on no other port than %s', async (PORT) => {
  const start = join(root, 'apps/local/src/start.ts')
  const run = runCommand([process.execPath, start, '--dir', aFolder()], { env: { ...process.env, PORT } })
  await expect(run).rejects.toThrow('PORT: must be a whole number from 0 to 65535')
})

/** Runs it until it has said all that it says. */
async function npmStart(dir: string) {
  const env = { ...process.env, PORT: String(await freePort()), DATABASE_URL: '', REDIS_URL: '' }
  const npm = guardedSpawn('npm', ['start', '--', '--dir', dir], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  npm.stdout?.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  onTestFinished(async () => {
    await stopProcess(npm)
    await expect.poll(() => pidsIn(dir).filter(identify)).toEqual([])
  })
  await expect.poll(() => said).toContain('# the live feed')
  return { process: npm, said: () => said }
}

function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  )
}

/** Of the servers, of their launcher, and of what writes a log of its own. */
function pidsIn(dir: string): number[] {
  const logs = readdirSync(join(dir, 'logs')).map((name) => join('logs', name))
  const logged = logs.map((name) => /"pid":(\d+)/.exec(read(name))?.[1])
  const served = ['postgres/data/postmaster.pid', 'redis/redis.pid', 'redis/launcher'].map(read)
  return [...logged, ...served].map((text) => Number.parseInt(text ?? '', 10)).filter((pid) => pid > 0)

  function read(name: string): string {
    try {
      return readFileSync(join(dir, name), 'utf8')
    } catch {
      return ''
    }
  }
}
