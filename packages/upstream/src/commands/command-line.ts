import { parseArgs } from 'node:util'
import { EnvironmentError } from '@reelay/contracts/environment'
import { check } from './check/check.ts'
import type { Command, Run } from './command.ts'
import { CommandError } from './command-error.ts'
import { guess } from './guess/guess.ts'
import { paste } from './paste/paste.ts'
import { preview } from './preview.ts'
import { schema } from './schema.ts'

type Usage = {
  run: Command
  usage: string
  operands: [least: number, most: number]
  option?: 'key' | 'status'
}

const commands = new Map<string, Usage>([
  ['check', { run: check, usage: 'check', operands: [0, 0] }],
  ['preview', { run: preview, usage: 'preview NAME', operands: [1, 1] }],
  [
    'paste',
    {
      ...{ run: paste, usage: 'paste NAME [create|retrieve|list|error] [--status 400]' },
      ...{ operands: [1, 2], option: 'status' },
    },
  ],
  ['guess', { run: guess, usage: 'guess URL [--key KEY|env]', operands: [1, 1], option: 'key' }],
  ['schema', { run: schema, usage: 'schema', operands: [0, 0] }],
])

type Process = Pick<Run, 'environment' | 'print' | 'readInput'> & { printProblem: (text: string) => void }

/** Runs what a command line says, and returns the exit status: 1 for what the operator can mend, in words. */
export async function runCommandLine(args: string[], process: Process): Promise<number> {
  try {
    return await commandOf(args)(process)
  } catch (error) {
    if (!(error instanceof CommandError || error instanceof EnvironmentError)) throw error
    process.printProblem(error.message)
    return 1
  }
}

function commandOf(args: string[]) {
  const { name, operands, options } = read(args)
  const command = commands.get(name)
  if (!command) throw new CommandError(`The command must be one of:\n${usages()}`)
  const [least, most] = command.operands
  const isForeign = Object.keys(options).some((option) => option !== command.option)
  if (operands.length < least || operands.length > most || isForeign)
    throw new CommandError(`It must be: npm run upstreams -- ${command.usage}`)
  return (process: Process) => command.run({ operands, options, ...process })
}

function read(args: string[]) {
  try {
    const { positionals, values } = parseArgs({
      args,
      allowPositionals: true,
      options: { key: { type: 'string' }, status: { type: 'string' } },
    })
    const [name = '', ...operands] = positionals
    return { name, operands, options: { ...values } }
  } catch {
    // What Node says of it may show a key.
    throw new CommandError(`An option is not known or lacks its value. The commands are:\n${usages()}`)
  }
}

function usages(): string {
  return [...commands.values()].map(({ usage }) => `  npm run upstreams -- ${usage}`).join('\n')
}
