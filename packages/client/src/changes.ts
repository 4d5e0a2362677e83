import type { Submitted } from '@reelay/contracts/replies'
import type { CreateBody, RemixBody, Task } from '@reelay/contracts/task'
import type { Call, CallOptions } from './call.ts'
import { taskPath, tasksPath } from './path.ts'

export type NewTask = Partial<CreateBody> & { prompt: string }
export type NewRemix = Partial<RemixBody> & { prompt: string }

export function createChanges(call: Call) {
  return {
    /** The key makes sure that one call makes one task, however often it is sent. */
    createTask: (task: NewTask, options?: CallOptions) =>
      call<Submitted>('POST', tasksPath, { ...options, body: withKey(task), repeatable: true }),

    remix: (videoId: string, remix: NewRemix, options?: CallOptions) =>
      call<Submitted>('POST', `${taskPath(videoId)}/remix`, {
        ...options,
        body: withKey(remix),
        repeatable: true,
      }),

    cancel: (videoId: string, options?: CallOptions) =>
      call<Task>('POST', `${taskPath(videoId)}/cancel`, options),

    /**
     * Tries an ended task once more; `force` pays again even when an earlier attempt may have been made. It has
     * no key, so it is never sent again by itself.
     */
    retry: (videoId: string, { force = false, ...options }: CallOptions & { force?: boolean } = {}) =>
      call<Task>('POST', `${taskPath(videoId)}/retry`, { ...options, body: { force } }),
  }
}

function withKey<T extends { clientRequestId?: string | null | undefined }>(body: T): T {
  return { ...body, clientRequestId: body.clientRequestId ?? newKey() }
}

/** Not `randomUUID`, which a page has over https only. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
