import { z } from 'zod'
import { update } from './examples.ts'
import { TaskState, VideoId } from './task.ts'

export const TaskUpdate = z
  .object({
    type: z.literal('taskUpdate'),
    timestamp: z.int().describe('The move’s time in ms by the database’s clock; also the event’s id'),
    payload: TaskState.extend({
      error: z.object({ message: z.string() }).optional().describe('Only when FAILED'),
    }),
  })
  .meta({
    id: 'TaskUpdate',
    description: 'One visible change of a task: the whole state, without prompt and metadata',
    examples: [update],
  })
export type TaskUpdate = z.infer<typeof TaskUpdate>

/** A task that its owner deleted is in no list any more. Clients that know nothing of this pass it over. */
export const TaskDeleted = z
  .object({
    type: z.literal('taskDeleted'),
    timestamp: z.int().describe('When, in ms by the database’s clock; also the event’s id'),
    payload: z.object({ videoId: VideoId, version: z.int() }),
  })
  .meta({ id: 'TaskDeleted', description: 'The end of a task that its owner deleted' })
export type TaskDeleted = z.infer<typeof TaskDeleted>

/** What the feed tells of tasks. */
export const FeedUpdate = z.discriminatedUnion('type', [TaskUpdate, TaskDeleted])
export type FeedUpdate = z.infer<typeof FeedUpdate>

export function taskUpdate(state: TaskState): TaskUpdate {
  return {
    type: 'taskUpdate',
    timestamp: Date.parse(state.updatedAt),
    payload: state.status === 'FAILED' ? { ...state, error: { message: state.errorMessage ?? '' } } : state,
  }
}
