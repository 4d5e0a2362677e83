import type { ExternalTaskId } from '@reelay/contracts/task'
import type { ProcessingTask } from '@reelay/db/tasks/lanes'
import { hasEnded, type Observation } from '../retrieve-video.ts'
import type { KeptPages } from './kept-pages.ts'
import type { After, Running } from './page.ts'
import { within } from './within.ts'

/** A task of which a page has told. */
export type Sample = { task: ProcessingTask; told: Running; after: After }

export type Checked = {
  said: Map<ExternalTaskId, Observation>
  /** `unsure`: a video has gone on since, and the list could not be read again to see whether it knows. */
  verdict: 'agrees' | 'unsure' | 'differs'
}

export type Observe = (task: ProcessingTask) => Promise<Observation | undefined>

type CheckDeps = {
  observe: Observe
  pages: Pick<KeptPages, 'read'>
  /** An answer for one video that takes longer says nothing about the list. */
  slowMs: number
  withinMs: number
}

/** Two answers of one moment may come from servers that are a little apart. */
const PERCENT_OFF = 5

/**
 * Asks for the videos of samples by themselves. A page must not be ahead of an answer that was asked for after it, nor
 * one that is asked for after that behind.
 */
export async function check(
  samples: Sample[],
  { observe, pages, slowMs, withinMs }: CheckDeps,
): Promise<Checked> {
  const said: Checked['said'] = new Map()
  const until = performance.now() + withinMs
  const verdicts = await Promise.all(samples.map(verdictOn))
  const worst = (['differs', 'unsure'] as const).find((verdict) => verdicts.includes(verdict))
  return { said, verdict: worst ?? 'agrees' }

  async function verdictOn({ task, told, after }: Sample): Promise<Checked['verdict']> {
    const id = task.externalTaskId
    const observation = await within(Math.min(slowMs, withinMs), quietly(task))
    if (!observation) return 'agrees'
    said.set(id, observation)
    if (isAhead(told, observation)) return 'differs'
    if (!isBehind(told, observation)) return 'agrees'
    const page = await within(until - performance.now(), pages.read(after, performance.now()))
    if (!page?.listed.has(id)) return 'unsure'
    const toldThen = page.running.get(id)
    return toldThen && isBehind(toldThen, observation) ? 'differs' : 'agrees'
  }

  async function quietly(task: ProcessingTask): Promise<Observation | undefined> {
    try {
      return await observe(task)
    } catch {
      return undefined
    }
  }
}

function isAhead({ video }: Running, observation: Observation): boolean {
  const alone = progressOf(observation)
  return alone !== undefined && !hasEnded(observation) && (video.progress ?? alone) - alone > PERCENT_OFF
}

function isBehind({ video }: Running, observation: Observation): boolean {
  const alone = progressOf(observation)
  return hasEnded(observation) || (alone !== undefined && alone - (video.progress ?? alone) > PERCENT_OFF)
}

function progressOf(observation: Observation): number | undefined {
  return observation.kind === 'video' ? observation.video.progress : undefined
}
