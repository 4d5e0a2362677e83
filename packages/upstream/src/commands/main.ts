import { text } from 'node:stream/consumers'
import { runCommandLine } from './command-line.ts'

process.exitCode = await runCommandLine(process.argv.slice(2), {
  environment: process.env,
  print: console.log,
  printProblem: console.error,
  readInput,
})

function readInput(): Promise<string> {
  if (process.stdin.isTTY) console.error('Paste the answer, then press Ctrl+D.')
  return text(process.stdin)
}
