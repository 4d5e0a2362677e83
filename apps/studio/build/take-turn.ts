import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Waits until no other process has this file, and has it until the end of its scope. One that died has it no longer. */
export async function takeTurn(file: string): Promise<Disposable> {
  mkdirSync(dirname(file), { recursive: true })
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' })
      return { [Symbol.dispose]: () => rmSync(file, { force: true }) }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    if (isGone(file)) rmSync(file, { force: true })
    else await sleep(200)
  }
}

function isGone(file: string): boolean {
  try {
    // Nothing is sent; it throws where no such process is.
    process.kill(Number(readFileSync(file, 'utf8')) || Number.NaN, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'EPERM'
  }
}
