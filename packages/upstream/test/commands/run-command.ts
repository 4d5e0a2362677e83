import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'
import { runCommandLine } from '../../src/commands/command-line.ts'

const main = new URL('../../src/commands/main.ts', import.meta.url).pathname

export type Ended = { status: number | null; output: string; problems: string }

type Given = { environment?: Record<string, string>; input?: string }

/** Runs a command as operators do, but in this process. */
export async function runCommand(
  args: string[],
  { environment = {}, input = '' }: Given = {},
): Promise<Ended> {
  const output: string[] = []
  const problems: string[] = []
  const status = await runCommandLine(args, {
    environment,
    print: (line) => void output.push(`${line}\n`),
    printProblem: (line) => void problems.push(`${line}\n`),
    readInput: async () => input,
  })
  return { status, output: output.join(''), problems: problems.join('') }
}

/** Runs a command in a process of its own, and waits for its end. */
export async function runProcess(
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

/** The path of a file of upstreams that goes when the test does. */
export async function upstreamsFile(content: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'reelay-upstreams-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const path = join(folder, 'upstreams.yaml')
  await writeFile(path, content)
  return path
}
