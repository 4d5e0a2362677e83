import { once } from 'node:events'
import { type GuardedSpawnOptions, guardedSpawn } from './guard.ts'

export async function runCommand(
  command: string[],
  { input = '', ...options }: GuardedSpawnOptions & { input?: string } = {},
): Promise<string> {
  const [file = '', ...args] = command
  const child = guardedSpawn(file, args, { ...options, stdio: 'pipe' })
  let output = ''
  child.stdout?.on('data', (chunk) => (output += chunk))
  child.stderr?.on('data', (chunk) => (output += chunk))
  child.stdin?.on('error', () => undefined)
  child.stdin?.end(input)
  const [code, signal] = await once(child, 'close')
  if (code !== 0)
    throw new Error(`${command.join(' ')} failed (${signal ?? `exit code ${code}`}):\n${output.trim()}`)
  return output
}
