import { spawn } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../src/local-folder.ts'
import { environmentOf, identify } from '../src/processes/process-identity.ts'
import { endProcessesOf, RUN_VARIABLE } from '../src/processes/run-processes.ts'

const onLinux = test.skipIf(process.platform !== 'linux')

// While one program becomes another, the kernel shows no environment for it.
onLinux('a process that is becoming another program is ended like any other', async () => {
  const program = join(temporaryFolder(), 'becomes-itself')
  // It ends itself when its parent is gone.
  writeFileSync(program, '#!/bin/sh\n[ "$PPID" = "$1" ] && exec "$0" "$1"\n')
  chmodSync(program, 0o700)
  for (let round = 0; round < 30; round += 1) {
    const run = `run of round ${round}`
    const child = spawn(program, [String(process.pid)], { env: { [RUN_VARIABLE]: run }, stdio: 'ignore' })
    await expect.poll(() => environmentOf(child.pid as number)?.[RUN_VARIABLE]).toBe(run)
    await endProcessesOf(run)
    expect(identify(child.pid as number)).toBeUndefined()
  }
})
