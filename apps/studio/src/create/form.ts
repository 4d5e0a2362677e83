import type { NewTask } from '@reelay/client/client'

/** What was typed so far. */
export const emptyText = { prompt: '', model: '', size: '', seconds: '' }

export type Form = typeof emptyText & { picture: File | null }

/** The body of the request: what was left empty is left out. */
export function taskOf({ prompt, model, size, seconds, picture }: Form): NewTask {
  return {
    prompt,
    ...(model.trim() && { model: model.trim() }),
    ...(size && { size }),
    ...(seconds.trim() && { seconds: seconds.trim() }),
    ...(picture && { input_reference: picture }),
  }
}
