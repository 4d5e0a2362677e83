import { queueNames } from '@reelay/contracts/jobs'
import type { Events } from '@reelay/telemetry/events'
import { countMoves } from '@reelay/telemetry/moves'
import { countUpstreamCalls, labelsOf } from '@reelay/telemetry/upstream'
import type { Credential } from '@reelay/upstream/registry/registry'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

/** Due times that are remembered; a job that another worker took is forgotten with the oldest. */
const MOST_DUE = 40_000
const LATE_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]

export function registerWorkerMetrics(
  registry: Registry,
  events: Events,
  credentials: readonly Credential[],
): void {
  countMoves(events, registry)
  countUpstreamCalls(
    events,
    registry,
    credentials.map(({ id }) => id),
  )
  countJobs(events, registry)
  measureLateness(events, registry)
  countSweeps(events, registry)
  countFoundAgain(events, registry, credentials)
  countArchives(events, registry, credentials)
  watchMediaStore(events, registry)
  const limits = new Gauge({
    name: 'reelay_permits_limit',
    help: 'A credential’s maxInFlight',
    labelNames: ['upstream', 'credential'],
    registers: [registry],
  })
  for (const { id, maxInFlight } of credentials)
    if (maxInFlight !== undefined) limits.set(labelsOf(id), maxInFlight)
}

function countJobs(events: Events, registry: Registry): void {
  const steps = new Counter({
    name: 'reelay_steps_total',
    help: 'Runs of a step by how they ended',
    labelNames: ['queue', 'outcome'],
    registers: [registry],
  })
  const errors = new Counter({
    name: 'reelay_queue_errors_total',
    help: 'Errors of BullMQ and its connection',
    labelNames: ['queue'],
    registers: [registry],
  })
  for (const queue of queueNames) errors.inc({ queue }, 0)
  events.on('stepEnded', (labels) => steps.inc(labels))
  events.on('queueTroubled', (labels) => errors.inc(labels))
}

/** Only the worker that delayed a job knows when it was due: BullMQ forgets it at promotion. */
function measureLateness(events: Events, registry: Registry): void {
  const lateness = new Histogram({
    name: 'reelay_job_lateness_seconds',
    help: 'How long after its time a delayed job ran, where one worker delayed and ran it',
    labelNames: ['queue'],
    buckets: LATE_SECONDS,
    registers: [registry],
  })
  const due = new Map<string, number>()
  events.on('jobDelayed', ({ queue, jobId, until }) => {
    const job = `${queue}/${jobId}`
    due.delete(job)
    due.set(job, until)
    if (due.size > MOST_DUE) due.delete(due.keys().next().value ?? '')
  })
  events.on('jobStarted', ({ queue, jobId }) => {
    const job = `${queue}/${jobId}`
    const at = due.get(job)
    if (at === undefined) return
    due.delete(job)
    lateness.observe({ queue }, Math.max(0, Date.now() - at) / 1000)
  })
}

function countFoundAgain(events: Events, registry: Registry, credentials: readonly Credential[]): void {
  const found = new Counter({
    name: 'reelay_videos_found_again_total',
    help: 'Polls that found a video of which upstream had said that there is none',
    labelNames: ['upstream', 'credential'],
    registers: [registry],
  })
  for (const { id } of credentials) found.inc(labelsOf(id), 0)
  events.on('videoFoundAgain', ({ credential }) => found.inc(labelsOf(credential)))
}

function countSweeps(events: Events, registry: Registry): void {
  const finished = new Gauge({
    name: 'reelay_sweep_finished_timestamp_seconds',
    help: 'When this worker last finished a sweep; only one of all sweeps at a time',
    registers: [registry],
  })
  const missing = new Counter({
    name: 'reelay_sweep_enqueued_total',
    help: 'Unfinished tasks that the sweep found without a job',
    labelNames: ['queue'],
    registers: [registry],
  })
  events.on('lanesAdded', (count) => missing.inc({ queue: 'poll' }, count))
  events.on('swept', (enqueued) => {
    finished.setToCurrentTime()
    for (const [queue, count] of Object.entries(enqueued)) missing.inc({ queue }, count)
  })
}

function countArchives(events: Events, registry: Registry, credentials: readonly Credential[]): void {
  const archives = new Counter({
    name: 'reelay_archives_total',
    help: 'Tries to store a clip of ours by how they ended; lost: upstream had it no more',
    labelNames: ['upstream', 'credential', 'outcome'],
    registers: [registry],
  })
  for (const { id } of credentials)
    for (const outcome of ['stored', 'lost']) archives.inc({ ...labelsOf(id), outcome }, 0)
  events.on('clipArchived', ({ credential, outcome }) => archives.inc({ ...labelsOf(credential), outcome }))
}

function watchMediaStore(events: Events, registry: Registry): void {
  const writable = new Gauge({
    name: 'reelay_media_store_writable',
    help: '1 where pictures and clips could be stored within the last minute, else 0',
    registers: [registry],
  })
  // Not known before the first look.
  writable.set(Number.NaN)
  const removed = new Counter({
    name: 'reelay_media_removed_total',
    help: 'What was removed from the store: expired clips, orphans of no task, unfinished writes',
    labelNames: ['what'],
    registers: [registry],
  })
  for (const what of ['expired', 'orphans', 'unfinished']) removed.inc({ what }, 0)
  events.on('storeChecked', ({ isWritable }) => writable.set(isWritable ? 1 : 0))
  events.on('mediaSwept', (counts) => {
    for (const [what, count] of Object.entries(counts)) removed.inc({ what }, count)
  })
}
