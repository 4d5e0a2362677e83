import { expect, test, vi } from 'vitest'
import { runCommand } from '../src/processes/command.ts'
import { findChromium, findNginx } from '../src/programs/browser-programs.ts'
import { findRedisServer } from '../src/programs/redis-server.ts'

const downloadMs = 300_000

test('nginx and a browser run on this machine, downloaded or its own', { timeout: downloadMs }, async () => {
  const nginx = await findNginx()
  expect(await runCommand([nginx.command, '-v'], { env: nginx.env })).toMatch(/nginx/)
  const chromium = await findChromium()
  expect(await runCommand([chromium.command, '--version'], { env: chromium.env })).toMatch(/Chrom/)
})

test('a program that is nowhere to be had is named with what helps', async () => {
  vi.stubEnv('PATH', '')
  await expect(findChromium()).rejects.toThrow(/not Debian or Ubuntu\nInstall chromium, for example with/)
  await expect(findRedisServer()).rejects.toThrow(/not Debian or Ubuntu[\s\S]*apt-get install redis-server/)
})
