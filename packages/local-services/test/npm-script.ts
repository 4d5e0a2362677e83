import { whenRunnerIsGone } from '../src/processes/npm.ts'

/** What npm runs: says who it is, then again and again that it is there, until npm is gone. */
whenRunnerIsGone(() => process.exit())
process.stdout.on('error', () => undefined)
console.log(`pid ${process.pid}`)
setInterval(() => console.log('here'), 300)
