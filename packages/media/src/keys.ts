/** `tmp/` is where a folder keeps what is not whole yet. */
const pattern = /^(?!tmp\/)[a-z]+(\/[\w-]+)+$/

/** Whether a store keeps things under such a key. Buckets and folders may hold what is not ours. */
export function isKey(text: string): boolean {
  return pattern.test(text)
}

export function checkKey(key: string): void {
  if (!isKey(key)) throw new TypeError('This is no key of the media store')
}
