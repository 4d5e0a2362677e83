import { setTimeout as sleep } from 'node:timers/promises'
import type { Figure } from './figure.ts'
import { followTicks } from './lane-ticks.ts'
import { type Poller, startBare, startOurs, startPgBoss } from './pollers.ts'
import { middleRound, type Round } from './statistics.ts'
import { insertProcessing } from './tasks.ts'
import type { World, WorldBench } from './world.ts'

/** Twice what others poll here when nothing else runs, so that it is they who limit, and not what is due. */
const TO_POLL = { count: 30_000, intervalMs: 1000 }
/** What we have due for each poll of bare: more than we are to make of it, on any machine. */
const DUE = { oneByOne: 2, fromPages: 6 }
const ROUNDS = 3
/** After a pause all lanes run at once; by then they are back at their phases. */
const SETTLE_MS = 4000
const ROUND_MS = 4000
const PAUSE_MS = 300
/** By then the list was walked through, though each video was to be asked for by itself. */
const FIRST_WALK_MS = 20_000

type Idle = { bare: Poller; pgBoss: Poller }
/** How many polls there were since it was last asked. */
type Count = () => Promise<number>

/** Polls a second by one worker process that has more due than it can do. */
export const polls: WorldBench = async (world) => {
  await insertProcessing(world, TO_POLL.count)
  const idle = {
    bare: await paused(startBare(world, TO_POLL)),
    pgBoss: await paused(startPgBoss(world, TO_POLL)),
  }
  const ofBare = await pollsASecond(idle.bare, looksOf(world))
  const figures = [
    await pollsOneByOne(world, idle, Math.round(DUE.oneByOne * ofBare)),
    await pollsFromPages(world, idle, Math.round(DUE.fromPages * ofBare)),
  ]
  for (const poller of Object.values(idle)) await end(poller)
  return figures
}

async function pollsOneByOne(world: World, idle: Idle, count: number): Promise<Figure> {
  await insertProcessing(world, count)
  const ours = await paused(startOurs(world, { ...TO_POLL, count }))
  const rounds = await roundsOf(world, { ...idle, ours }, looksOf(world))
  await end(ours)
  return { name: 'polls of one worker', ...middleRound(rounds), unit: 'polls/s', target: 1.5, isToLead: true }
}

async function pollsFromPages(world: World, idle: Idle, count: number): Promise<Figure> {
  await insertProcessing(world, count)
  const ours = await startOurs(world, { ...TO_POLL, count, lists: true })
  await sleep(FIRST_WALK_MS)
  await ours.pause()
  const ticks = await followTicks(world, count)
  const rounds = await roundsOf(world, { ...idle, ours }, async () => (await ticks.measured()).polls)
  await ticks.close()
  await end(ours)
  return {
    name: 'polls of one worker, with lists',
    ...middleRound(rounds),
    unit: 'polls/s',
    target: 5,
    isToLead: true,
  }
}

/** The sides take turns, and one that is not measured is idle. */
async function roundsOf(
  world: World,
  { ours, bare, pgBoss }: Idle & { ours: Poller },
  countOurs: Count,
): Promise<Round[]> {
  const looks = looksOf(world)
  const rounds: Round[] = []
  while (rounds.length < ROUNDS) {
    rounds.push({
      ours: await pollsASecond(ours, countOurs),
      bare: await pollsASecond(bare, looks),
      others: { 'pg-boss': await pollsASecond(pgBoss, looks) },
    })
  }
  return rounds
}

async function pollsASecond(poller: Poller, count: Count): Promise<number> {
  await poller.resume()
  await sleep(SETTLE_MS)
  await count()
  const startedAt = performance.now()
  await sleep(ROUND_MS)
  const counted = await count()
  const seconds = (performance.now() - startedAt) / 1000
  await poller.pause()
  await sleep(PAUSE_MS)
  return counted / seconds
}

function looksOf(world: World): Count {
  return async () => (await world.measured()).looks
}

async function paused(starting: Promise<Poller>): Promise<Poller> {
  const poller = await starting
  await poller.pause()
  return poller
}

async function end(poller: Poller): Promise<void> {
  await poller.stop()
  await poller.clear()
}
