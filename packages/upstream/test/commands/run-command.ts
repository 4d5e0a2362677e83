import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'
import type { Command, Run } from '../../src/commands/command.ts'

const main = new URL('../../src/commands/main.ts', import.meta.url).pathname

export type Ended = { status: number | null; output: string; problems: string }

type Given = { environment?: Record<string, string>; input?: string }

/** Runs a command as operators do, in a process of its own, and waits for its end. */
export async function runCommand(
  args: string[],
  { environment = {}, input = '' }: Given = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [main, ...args], { env: environment, stdio: 'pipe' })
  onTestFinished(() => void child.kill('SIGKILL'))
  // It may end without having read it.
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const ended = once(child, 'close')
  const [output, problems] = await Promise.all([text(child.stdout), text(child.stderr)])
  const [status] = await ended
  return { status, output, problems }
}

/** Runs a command in this process, and returns what it prints; for what is not about exit status. */
export async function printedBy(command: Command, run: Partial<Run>): Promise<string> {
  const printed: string[] = []
  await command({
    operands: [],
    options: {},
    environment: {},
    print: (line) => void printed.push(line),
    readInput: async () => '',
    ...run,
  })
  return printed.join('\n')
}

/** The path of a file of upstreams that goes when the test does. */
export async function upstreamsFile(content: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'reelay-upstreams-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const path = join(folder, 'upstreams.yaml')
  await writeFile(path, content)
  return path
}
