/** Whether an answer leaves open if the request was carried out: then the same key has to be sent again. */
type Answer = { status: number } | undefined

/**
 * Keys of what somebody means to have made once. A double click and a re-send after a lost answer have the same
 * key; other words, and the same ones after an answer, are another intent.
 */
export function createIntents(newKey: () => string) {
  let current: { words: string; key: string } | undefined
  return {
    keyFor(body: unknown): string {
      const words = JSON.stringify(body)
      if (current?.words !== words) current = { words, key: newKey() }
      return current.key
    },

    /** To be told of each answer; of a success without a status. */
    answered(failure?: Answer): void {
      const isOpen = failure !== undefined && (failure.status === 0 || failure.status >= 500)
      if (!isOpen) current = undefined
    },
  }
}

/** Not `randomUUID`, which a page has over https only. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
