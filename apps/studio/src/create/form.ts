import type { NewTask } from '@reelay/client/client'

/** What was typed so far. */
export type Form = { prompt: string; model: string; size: string; seconds: string; picture: File | null }

export const emptyForm: Form = { prompt: '', model: '', size: '', seconds: '', picture: null }

/** The first field that has to be filled in yet. */
export function missingIn({ prompt }: Form): keyof Form | undefined {
  return prompt.trim() === '' ? 'prompt' : undefined
}

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
