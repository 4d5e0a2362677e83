import { readFileSync } from 'node:fs'
import { type Answer, createDescribed } from './described.ts'

/** Compiled once for all files of a worker. */
const described = createDescribed(
  JSON.parse(readFileSync(new URL('../../openapi.json', import.meta.url), 'utf8')),
)
const problems = new Set<string>()

/** Remembers an answer that the committed document doesn’t describe. */
export function noteAnswer(answer: Answer): void {
  const problem = described.problemOf(answer)
  if (problem) problems.add(`${answer.method} ${answer.url} ${answer.status}: ${problem}`)
}

/** Remembers an event that it doesn’t describe. */
export function noteEvent(event: { type: string }): void {
  const problem = event.type.startsWith('task') ? described.problemOfEvent(event) : undefined
  if (problem) problems.add(`event ${event.type}: ${problem}`)
}

/** Throws when there was one since it was last asked. */
export function reportProblems(): void {
  const found = [...problems]
  problems.clear()
  if (found.length > 0) throw new Error(`not as openapi.json describes:\n${found.join('\n')}`)
}
