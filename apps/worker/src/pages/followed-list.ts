import type { CredentialId } from '@reelay/contracts/credential'
import type { ExternalTaskId } from '@reelay/contracts/task'
import type { ProcessingTask } from '@reelay/db/tasks/lanes'
import type { UpstreamClient } from '@reelay/upstream/client'
import type { Logger } from 'pino'
import type { Observation } from '../retrieve-video.ts'
import { createKeptPages } from './kept-pages.ts'
import { type After, type Page, toldBy } from './page.ts'
import { createPlaces } from './places.ts'
import { check, type Observe, type Sample } from './samples.ts'
import { createStandstills } from './standstills.ts'
import { createTrust } from './trust.ts'
import { createWalk } from './walk.ts'
import { within } from './within.ts'

export type FollowedList = ReturnType<typeof createFollowedList>

export type FollowedListDeps = {
  credential: CredentialId
  list: UpstreamClient['list']
  keptMs: number
  random: () => number
  log: Logger
}

export type Heard = Map<ExternalTaskId, Observation>

/** One page of a hundred in four has one, which is one request for 400 polls. */
const SAMPLED = 1 / 400
/** Of the time that a tick has for pages: the rest is for samples. */
const READING = 2 / 3
/** Of the same time: what reading leaves at least. */
const SLOW_SAMPLE = 1 / 3

/**
 * The list of one credential, as far as it tells of videos that are followed. A tick has more to do than to read pages:
 * the videos of those for which it has no time are asked for by themselves.
 */
export function createFollowedList({ credential, list, keptMs, random, log }: FollowedListDeps) {
  const trust = createTrust(credential, log)
  const places = createPlaces()
  const pages = createKeptPages({ list, keptMs, places, trust })
  const walk = createWalk({ pages, places, trust })
  const standstills = createStandstills(keptMs)

  return async function tell(
    tasks: ProcessingTask[],
    { withinMs, observe }: { withinMs: number; observe: Observe },
  ): Promise<Heard> {
    if (!trust.isUsable()) return new Map()
    const until = performance.now() + withinMs
    const listed = tasks.filter((task) => isForPages(task) && !walk.isUnlisted(task.externalTaskId))
    const groups = Map.groupBy(listed, ({ externalTaskId }) => places.of(externalTaskId))
    await within(withinMs * READING, readAll(groups))

    const told: Heard = new Map()
    const samples: Sample[] = []
    for (const [after, due] of groups) {
      const page = pages.fresh(after)
      for (const sample of page ? believed(page, due) : []) {
        told.set(sample.task.externalTaskId, sample.told)
        if (random() < SAMPLED) samples.push(sample)
      }
    }
    const slowMs = withinMs * SLOW_SAMPLE
    const timing = { slowMs, withinMs: until - performance.now() }
    const { said, verdict } = await check(samples, { observe, pages, ...timing })
    if (verdict === 'differs') trust.distrust('what it says of a video is not so')
    return verdict === 'agrees' && trust.isUsable() ? new Map([...told, ...said]) : said
  }

  async function readAll(groups: Map<After, ProcessingTask[]>): Promise<void> {
    const stale = [...groups].filter(
      ([after, due]) => !pages.fresh(after) && pages.isWorth(after, due.length),
    )
    await Promise.all(stale.map(([after]) => pages.read(after)))
  }

  /** What may be believed of a page; what it doesn't list is looked for elsewhere. */
  function believed(page: Page, due: ProcessingTask[]): Sample[] {
    const { after } = page
    const missing = due.map(({ externalTaskId }) => externalTaskId).filter((id) => !page.listed.has(id))
    walk.lookFor(missing.filter((id) => places.lost(id, after)))
    const samples: Sample[] = []
    for (const task of due) {
      const told = toldBy(page, task)
      if (told === 'backwards') page.isStale = true
      else if (told) samples.push({ task, told, after })
    }
    if (page.isStale) return []
    const moving = samples.filter(({ task, told }) => {
      return !standstills.isDue(task.externalTaskId, told.video.progress)
    })
    pages.noteTold(after, moving.length)
    return moving
  }
}

/** Only an answer for a video alone has its prompt, ends its trouble, or says why it takes so long. */
function isForPages({ isImport, hasPrompt, overdue, pollTrouble }: ProcessingTask): boolean {
  return !overdue && pollTrouble === null && (hasPrompt || !isImport)
}
