import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createRegistry } from '../src/registry.ts'

const registryFile = join(import.meta.dirname, '../src/registry.ts')

test('a blocked event loop shows in the next scrape and not in the one after', async () => {
  const registry = createRegistry()
  await nextTurn()
  const end = performance.now() + 5000
  while (performance.now() < end);
  await nextTurn()
  expect(await longestTurn(registry)).toBeGreaterThan(4.9)
  await nextTurn()
  expect(await longestTurn(registry)).toBeLessThan(4.9)
})

test('metrics wake no process that has nothing to do', () => {
  const idle = `
    import { setTimeout as sleep } from 'node:timers/promises'
    const { createRegistry } = await import(${JSON.stringify(registryFile)})
    createRegistry()
    await sleep(500)
    const before = process.resourceUsage().voluntaryContextSwitches
    await sleep(3000)
    console.log(process.resourceUsage().voluntaryContextSwitches - before)`
  const switches = Number(execFileSync(process.execPath, ['--input-type=module', '-e', idle]))
  // A hundred a second with the timer of prom-client's own.
  expect(switches).toBeLessThan(150)
})

async function longestTurn(registry: ReturnType<typeof createRegistry>): Promise<number> {
  const [, seconds] = /^reelay_nodejs_eventloop_lag_max_seconds (.+)$/m.exec(await registry.metrics()) ?? []
  return Number(seconds)
}

const nextTurn = () => new Promise((resolve) => setTimeout(resolve, 1))
