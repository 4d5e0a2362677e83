import { z } from 'zod'
import { explanationOfSnow } from './examples.ts'
import { errorCodes, holdReasons, taskStatuses } from './lifecycle.ts'
import { VideoId } from './task.ts'

export const explanationCodes = [
  // Before it is sent.
  'in_queue',
  'held',
  'turned_away',
  'no_permit',
  'rate_limited',
  'probing',
  'not_its_turn',
  'twin',
  'backoff',
  'sending',
  'no_upstream',
  'earlier_video',
  'may_turn_up',
  'too_late',
  // Once it may be at upstream.
  'reply_lost',
  'upstream_works',
  'upstream_silent',
  'upstream_misses',
  'nothing_to_play',
  'overdue',
  'upstream_gone',
  // At any time, and for reasons of ours.
  'job_missing',
  'redis_away',
  'stopped',
  'no_worker',
  'workers_late',
  'own_error',
  // When it has ended.
  'archiving',
  'archive_lost',
  'clip_removed',
  'completed',
  'failed',
  'cancelled',
] as const
export type ExplanationCode = (typeof explanationCodes)[number]

export const nextSteps = ['submit', 'look', 'search', 'archive', 'enqueue', 'give_up'] as const
export type NextStep = (typeof nextSteps)[number]

const instant = z.iso.datetime()

export const Explanation = z
  .object({
    videoId: VideoId,
    state: z.enum(taskStatuses),
    because: z.enum(explanationCodes),
    since: instant.describe('When what it waits for began, or when it ended'),
    next: z
      .object({
        what: z.enum(nextSteps),
        at: instant
          .nullable()
          .describe('At the earliest; null where that is not timed, as it depends on others'),
      })
      .nullable()
      .describe('What Reelay does next; null where nothing is left to do'),
    paid: z
      .array(z.object({ attempt: z.int().min(1), credential: z.string(), outcome: z.string() }))
      .describe('What the ledger says of each attempt'),
    details: z
      .object({
        behind: z.int().min(0).describe('So many are before it in the queue'),
        holdBecause: z.enum(holdReasons).describe('What upstream last said'),
        inFlight: z.int().describe('Videos that its key is making or may be making'),
        maxInFlight: z.int().describe('Videos that its key makes at a time'),
        credential: z.string().describe('The key that it waits for or was sent with, by name'),
        failures: z.int().describe('What went wrong in a row'),
        progress: z.int().min(0).max(100),
        until: instant.describe('When this is given up at the earliest'),
        code: z.enum(errorCodes).describe('The errorCode of a failed task'),
      })
      .partial()
      .describe('The figures of the sentence'),
    text: z.string().describe('The same in one or two sentences, Chinese when Accept-Language prefers it'),
  })
  .meta({ id: 'Explanation', description: 'What a task waits for', examples: [explanationOfSnow] })
export type Explanation = z.infer<typeof Explanation>
