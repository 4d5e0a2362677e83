import { until } from '../until.ts'

/** Waits until a process answers with success; `what` says in an error what was awaited. */
export async function untilAnswered(url: string, what: string): Promise<void> {
  await until(async () => (await fetch(url)).ok, { withinMs: 30_000, everyMs: 25, what })
}
