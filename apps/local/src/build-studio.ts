import { join } from 'node:path'
import { runCommand } from '@reelay/local-services/processes/command'

const program = join(import.meta.dirname, '../../studio/build/main.ts')

/** Builds the studio's files, unless they are there and of the present sources. Throws with what the build said. */
export async function buildStudio(): Promise<void> {
  await runCommand([process.execPath, program])
}
