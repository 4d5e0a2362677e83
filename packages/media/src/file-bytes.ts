/** Bytes that can be read anywhere, from first to last, both included. What lies behind the end is left out. */
export type FileBytes = {
  bytes: number
  read(first: number, last: number): Promise<Buffer>
}

/**
 * Parts of a file, read in spans: those that lie close together cost one read. Only at the end of the file is `part`
 * shorter than asked for, and `from`, which gives what is at hand, shorter than two bytes. No part is longer than a
 * span.
 */
export type Window = {
  bytes: number
  part(at: number, length: number): Promise<Buffer>
  from(at: number): Promise<Buffer>
}

export function openWindow(file: FileBytes, spanBytes = 64 * 1024): Window {
  let start = 0
  let span: Buffer = Buffer.alloc(0)

  async function hold(at: number, end: number): Promise<void> {
    if (at >= start && end <= start + span.length) return
    span = await file.read(at, Math.min(at + spanBytes, file.bytes) - 1)
    start = at
  }

  return {
    bytes: file.bytes,
    async part(at, length) {
      const end = Math.min(at + length, file.bytes)
      if (end <= at) return Buffer.alloc(0)
      await hold(at, end)
      return span.subarray(at - start, end - start)
    },
    async from(at) {
      if (at >= file.bytes) return Buffer.alloc(0)
      await hold(at, Math.min(at + 2, file.bytes))
      return span.subarray(at - start)
    },
  }
}
