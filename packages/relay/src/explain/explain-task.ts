import type { Explanation } from '@reelay/contracts/explain'
import type { TaskRow } from '@reelay/db/schema'
import { isoText } from '@reelay/db/task-view'
import { explain } from './explain.ts'
import { type ReadFactsDeps, readFacts } from './read-facts.ts'

export type ExplainTaskDeps = ReadFactsDeps

/** Why a task's video is not there; the sentence is for those to say who know the language. */
export async function explainTask(
  task: TaskRow,
  deps: ExplainTaskDeps,
): Promise<Omit<Explanation, 'text'> & { now: Date }> {
  const facts = await readFacts(task, deps)
  const { because, since, next, details } = explain(facts)
  const { until, ...figures } = details
  return {
    videoId: task.videoId,
    state: task.status,
    because,
    since: isoText(since),
    next: next && { ...next, at: next.at && isoText(next.at) },
    paid: facts.submissions
      .map(({ attempt, credential, outcome }) => ({ attempt: Math.max(1, attempt), credential, outcome }))
      .toReversed(),
    details: { ...figures, ...(until && { until: isoText(until) }) },
    now: facts.now,
  }
}
