/**
 * An MP4 file of at least so many bytes that plays as before: the rest is a box that players skip. `text` is written into
 * it over and over.
 */
export function paddedTo(length: number, mp4: Buffer, text = '\0'): Buffer {
  const missing = length - mp4.length
  if (missing <= 8) return mp4
  const free = Buffer.alloc(missing, text)
  free.writeUInt32BE(missing)
  free.write('free', 4)
  return Buffer.concat([mp4, free])
}
