import { z } from 'zod'
import { update } from './examples.ts'
import { TaskState } from './task.ts'

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

export function taskUpdate(state: TaskState): TaskUpdate {
  return {
    type: 'taskUpdate',
    timestamp: Date.parse(state.updatedAt),
    payload: state.status === 'FAILED' ? { ...state, error: { message: state.errorMessage ?? '' } } : state,
  }
}
