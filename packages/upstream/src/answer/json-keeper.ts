const QUOTE = 0x22
const BACKSLASH = 0x5c
/** A longer string in an answer that is too long is no word, name or address: a clip in base64, perhaps. */
const LONG_STRING = 16_384

/**
 * Collects `mostBytes` of JSON in little memory: beyond `keepBytes` its long strings are left empty. Throws when
 * there is more, or when more remains.
 */
export function createJsonKeeper({ keepBytes, mostBytes }: { keepBytes: number; mostBytes: number }) {
  let chunks: Buffer[] = []
  let size = 0
  let received = 0
  let skipping = false
  let endedInEscape = false

  return { add, bytes: () => Buffer.concat(chunks), received: () => received }

  function add(chunk: Buffer): void {
    received += chunk.length
    const wanted = skipping ? afterString(chunk) : chunk
    chunks.push(wanted)
    size += wanted.length
    if (size > keepBytes) shorten()
    if (size > keepBytes || received > mostBytes) throw new Error('answer too long')
  }

  function afterString(chunk: Buffer): Buffer {
    const bytes = endedInEscape ? Buffer.concat([Buffer.of(BACKSLASH), chunk]) : chunk
    const end = endOfString(bytes, 0)
    skipping = end === -1
    endedInEscape = skipping && isEscaped(bytes, bytes.length, 0)
    return skipping ? Buffer.alloc(0) : bytes.subarray(end)
  }

  function shorten(): void {
    const bytes = Buffer.concat(chunks)
    const kept: Buffer[] = []
    let from = 0
    for (let quote = bytes.indexOf(QUOTE); quote !== -1; ) {
      const end = endOfString(bytes, quote + 1)
      skipping = end === -1 && bytes.length - quote > LONG_STRING
      if (skipping || end - quote > LONG_STRING) {
        kept.push(bytes.subarray(from, quote + 1))
        from = skipping ? bytes.length : end
        endedInEscape = skipping && isEscaped(bytes, bytes.length, quote + 1)
      }
      quote = end === -1 ? -1 : bytes.indexOf(QUOTE, end + 1)
    }
    kept.push(bytes.subarray(from))
    chunks = [Buffer.concat(kept)]
    size = chunks[0]?.length ?? 0
  }
}

function endOfString(bytes: Buffer, from: number): number {
  let end = bytes.indexOf(QUOTE, from)
  while (end !== -1 && isEscaped(bytes, end, from)) end = bytes.indexOf(QUOTE, end + 1)
  return end
}

function isEscaped(bytes: Buffer, at: number, from: number): boolean {
  let first = at
  while (first > from && bytes[first - 1] === BACKSLASH) first -= 1
  return (at - first) % 2 === 1
}
