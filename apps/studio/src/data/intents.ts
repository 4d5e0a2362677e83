/** Whether a failure leaves open if the request was carried out: then the same key has to be sent again. */
function isOpen({ status }: { status: number }): boolean {
  return status === 0 || status >= 500
}

/**
 * Keys of what somebody wants made once. The same words have the same key until they were answered: a double click
 * and a second try after a lost answer make one video. Other words are another intent.
 */
export function createIntents(newKey = randomKey) {
  let current: { words: string; key: string } | undefined

  return {
    keyFor(body: unknown): string {
      const words = JSON.stringify(body, nameFiles)
      if (current?.words !== words) current = { words, key: newKey() }
      return current.key
    },

    /** To be told of each answer: of a failure by its status, of a success without one. */
    answered(failure?: { status: number }): void {
      if (!failure || !isOpen(failure)) current = undefined
    },
  }
}

/** Not `randomUUID`, which a page has over https only. */
function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** JSON has nothing to say of a file. */
function nameFiles(_: string, value: unknown): unknown {
  if (!(value instanceof File)) return value
  return { name: value.name, size: value.size, changed: value.lastModified }
}
