import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from '../src/local-folder.ts'
import { guardedSpawn, stopProcess } from '../src/processes/guard.ts'
import { environmentOf, identify } from '../src/processes/process-identity.ts'
import { endProcessesOf, RUN_VARIABLE } from '../src/processes/run-processes.ts'

const onLinux = test.skipIf(process.platform !== 'linux')

// While one program becomes another, the kernel shows no environment for it.
onLinux('a process that is becoming another program is ended like any other', async () => {
  const program = join(temporaryFolder(), 'becomes-itself')
  writeFileSync(program, '#!/bin/sh\nexec "$0"\n')
  chmodSync(program, 0o700)
  for (let round = 0; round < 40; round += 1) {
    const run = `run of round ${round}`
    const child = guardedSpawn(program, [], { env: { [RUN_VARIABLE]: run }, stdio: 'ignore' })
    onTestFinished(() => stopProcess(child, { signal: 'SIGKILL' }))
    await expect.poll(() => environmentOf(child.pid as number)?.[RUN_VARIABLE]).toBe(run)
    await endProcessesOf(run)
    expect(identify(child.pid as number)).toBeUndefined()
  }
})
