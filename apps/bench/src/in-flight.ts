import type { Figure } from './figure.ts'
import { type Load, loadOf, type Side } from './load.ts'
import { startBare, startOurs, startPgBoss } from './pollers.ts'
import { insertProcessing } from './tasks.ts'
import type { WorldBench } from './world.ts'

const INTERVAL_MS = 5000
/** One lane more or less may end while it is measured. */
const EVERY_S = 5.2

const bare: Side = { start: startBare, stores: ['redis'] }
const pgBoss: Side = { start: startPgBoss, stores: ['postgres'] }
const ours: Side = { start: startOurs, stores: ['postgres', 'redis'] }
const withLists = (workers: number): Side => ({
  ...ours,
  start: (world, toPoll) => startOurs(world, { ...toPoll, lists: true, workers }),
  lists: true,
})

type Beside = { bare?: Load; pgBoss?: Load }
type FigureOf = (what: string, unit: string, of: (load: Load) => number) => Figure

/** Ten thousand in flight on one worker: how late it looks at them, and what it takes. */
export const lateness: WorldBench = async (world) => {
  const toPoll = { count: 10_000, intervalMs: INTERVAL_MS }
  await insertProcessing(world, toPoll.count)
  const besides = { bare: await loadOf(world, bare, toPoll), pgBoss: await loadOf(world, pgBoss, toPoll) }
  const oneByOne = figuresOf('10 000 in flight', await loadOf(world, ours, toPoll), besides)
  const listed = figuresOf('10 000 in flight, lists', await loadOf(world, withLists(1), toPoll), besides)
  return [
    ...oneByOne({ latenessMs: 150, cpuOfBare: 0.6, redisKiB: 0.05 }),
    ...listed({ latenessMs: 150, cpuOfBare: 0.15, redisKiB: 0.05, requests: 0.02 }),
  ]
}

/** A tenth of it, and five times as much on two workers. */
export const scale: WorldBench = async (world) => {
  const few = { count: 1000, intervalMs: INTERVAL_MS }
  await insertProcessing(world, few.count)
  const quiet = figuresOf('1 000 in flight', await loadOf(world, ours, few))
  const listed = figuresOf('1 000 in flight, lists', await loadOf(world, withLists(1), few))
  const many = { count: 50_000, intervalMs: INTERVAL_MS }
  await insertProcessing(world, many.count)
  const busy = figuresOf('50 000, lists, two workers', await loadOf(world, withLists(2), many))
  return [
    ...quiet({ workerShare: 5 }),
    ...listed({ workerShare: 5 }),
    ...busy({ latenessMs: 500, secondsBetween: EVERY_S, requests: 0.02 }),
  ]
}

type Targets = {
  latenessMs?: number
  cpuOfBare?: number
  redisKiB?: number
  requests?: number
  workerShare?: number
  secondsBetween?: number
}

function figuresOf(where: string, load: Load, besides: Beside = {}) {
  const figure: FigureOf = (what, unit, of) => ({
    name: `${where}: ${what}`,
    ours: of(load),
    bare: besides.bare && of(besides.bare),
    others: besides.pgBoss && { 'pg-boss': of(besides.pgBoss) },
    unit,
    isMoreBetter: false,
  })
  const alone: FigureOf = (...args) => ({ ...figure(...args), bare: undefined, others: undefined })
  // Little or none of it has no ratio.
  const beside: FigureOf = (...args) => {
    const { bare, others, ...rest } = figure(...args)
    return { ...rest, others: bare === undefined ? others : { bare, ...others } }
  }

  return (targets: Targets): Figure[] => [
    { ...figure('polls', 'polls/s', ({ polls }) => polls), isMoreBetter: true },
    {
      ...alone('time between two polls of a task', 's', ({ secondsBetween }) => secondsBetween),
      target: targets.secondsBetween,
    },
    beside('lateness p50', 'ms', ({ lateness }) => lateness.p50),
    {
      ...beside('lateness p99', 'ms', ({ lateness }) => lateness.p99),
      target: targets.latenessMs,
    },
    {
      ...figure('CPU of a poll, with stores', 'ms', ({ cpuMs }) => cpuMs.all),
      target: targets.cpuOfBare,
      isToLead: targets.cpuOfBare !== undefined,
    },
    figure('CPU of a poll, worker', 'ms', ({ cpuMs }) => cpuMs.worker),
    alone('CPU of a poll, Postgres', 'ms', ({ cpuMs }) => cpuMs.postgres),
    alone('CPU of a poll, Redis', 'ms', ({ cpuMs }) => cpuMs.redis),
    { ...figure('worker CPU', '% of a core', ({ workerShare }) => workerShare), target: targets.workerShare },
    figure('worker memory', 'MiB', ({ workerMiB }) => workerMiB),
    {
      ...alone('Redis memory of a task', 'KiB', ({ redisKiBPerTask }) => redisKiBPerTask),
      target: targets.redisKiB,
    },
    ...(targets.requests === undefined
      ? []
      : [
          {
            ...alone('requests to upstream of a poll', 'requests', ({ requestsPerPoll }) => requestsPerPoll),
            target: targets.requests,
          },
        ]),
  ]
}
