import { z } from 'zod'
import { explanationOfSnow } from './examples.ts'
import { taskStatuses } from './lifecycle.ts'
import { VideoId } from './task.ts'

/** What a task waits for, or how it ended. */
export const explanationCodes = [
  'in_queue',
  'held',
  'turned_away',
  'no_permit',
  'rate_limited',
  'not_its_turn',
  'twin',
  'backoff',
  'sending',
  'reply_lost',
  'upstream_works',
  'upstream_silent',
  'overdue',
  'upstream_gone',
  'job_missing',
  'redis_away',
  'archiving',
  'archive_lost',
  'completed',
  'failed',
  'cancelled',
] as const
export type ExplanationCode = (typeof explanationCodes)[number]

/** What is done next, by itself. */
export const nextSteps = ['submit', 'look', 'search', 'archive', 'enqueue', 'give_up'] as const
export type NextStep = (typeof nextSteps)[number]

export const Explanation = z
  .object({
    videoId: VideoId,
    state: z.enum(taskStatuses),
    because: z.enum(explanationCodes),
    since: z.iso.datetime(),
    next: z
      .object({
        what: z.enum(nextSteps),
        at: z.iso.datetime().nullable().describe('Null where it depends on others'),
      })
      .nullable()
      .describe('What Reelay does next; null where nothing is left to do'),
    paid: z
      .array(z.object({ attempt: z.int().min(1), credential: z.string(), outcome: z.string() }))
      .describe('What the ledger says of each attempt'),
    details: z
      .object({
        behind: z.int().min(0).describe('So many are before it in the queue'),
        holdBecause: z.string().describe('Why a key takes nothing now'),
        inFlight: z.int(),
        maxInFlight: z.int(),
        credential: z.string(),
        failures: z.int().describe('Requests in a row that upstream did not answer properly'),
        code: z.string().describe('The errorCode of a failed task'),
      })
      .partial()
      .describe('The figures of the sentence'),
    text: z.string().describe('The same in one sentence, Chinese when Accept-Language prefers it'),
  })
  .meta({ id: 'Explanation', description: 'What a task waits for', examples: [explanationOfSnow] })
export type Explanation = z.infer<typeof Explanation>
