import { until } from '../until.ts'

export async function untilAnswered(url: string, what: string): Promise<void> {
  await until(async () => (await fetch(url)).ok, { withinMs: 30_000, everyMs: 25, what })
}
