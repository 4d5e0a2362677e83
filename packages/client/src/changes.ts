import type { DeletedTask, Submitted } from '@reelay/contracts/replies'
import type { Task } from '@reelay/contracts/task'
import type { CreateBody, EditBody, ExtendBody, RemixBody, UploadBody } from '@reelay/contracts/task-requests'
import type { Call, CallOptions } from './call.ts'
import { bodyOf, formOf } from './form.ts'
import { taskPath, tasksPath } from './path.ts'

/** `input_reference` is a picture: its bytes, a data URL or an https URL. */
type WithPicture<Body> = Omit<Partial<Body>, 'input_reference'> & {
  prompt: string
  input_reference?: Blob | string | null | undefined
}

type WithPrompt<Body> = Partial<Body> & { prompt: string }

export type NewTask = WithPicture<CreateBody>
export type NewRemix = WithPicture<RemixBody>
export type NewEdit = WithPrompt<EditBody>
export type NewExtension = WithPrompt<ExtendBody> & Pick<ExtendBody, 'seconds'>
export type NewUpload = Partial<UploadBody>

export function createChanges(call: Call) {
  return {
    /** The key makes sure that one call makes one task, however often it is sent. */
    createTask: (task: NewTask, options?: CallOptions) =>
      call<Submitted>('POST', tasksPath, { ...options, body: bodyOf(withKey(task)), repeatable: true }),

    remix: (videoId: string, remix: NewRemix, options?: CallOptions) =>
      call<Submitted>('POST', `${taskPath(videoId)}/remix`, {
        ...options,
        body: bodyOf(withKey(remix)),
        repeatable: true,
      }),

    edit: (videoId: string, edit: NewEdit, options?: CallOptions) =>
      call<Submitted>('POST', `${taskPath(videoId)}/edit`, {
        ...options,
        body: withKey(edit),
        repeatable: true,
      }),

    extend: (videoId: string, extension: NewExtension, options?: CallOptions) =>
      call<Submitted>('POST', `${taskPath(videoId)}/extend`, {
        ...options,
        body: withKey(extension),
        repeatable: true,
      }),

    /** Brings a clip of one’s own, to make remixes from. In Node `openAsBlob` of `node:fs` reads it while it is sent. */
    upload: (video: Blob, { signal, ...upload }: NewUpload & CallOptions = {}) =>
      call<Task>('POST', `${tasksPath}/upload`, {
        signal,
        body: formOf({ ...withKey(upload), video }),
        repeatable: true,
      }),

    /** Removes a clip from the api’s own store, and keeps the task. */
    removeClip: (videoId: string, options?: CallOptions) =>
      call<Task>('DELETE', `${taskPath(videoId)}/clip`, { ...options, repeatable: true }),

    /**
     * Deletes a task that has ended, for good. A second time it is not found, so it is not sent again by itself when
     * its answer was lost.
     */
    deleteTask: (videoId: string, options?: CallOptions) =>
      call<DeletedTask>('DELETE', taskPath(videoId), options),

    cancel: (videoId: string, options?: CallOptions) =>
      call<Task>('POST', `${taskPath(videoId)}/cancel`, options),

    /**
     * Tries an ended task once more; `force` pays again even when an earlier attempt may have been made. It has no key,
     * so it is not sent again by itself when its answer was lost.
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
