/** An MP4 file of at least so many bytes that plays as before: the rest is a box that players skip. */
export function paddedTo(length: number, mp4: Buffer): Buffer {
  const missing = length - mp4.length
  if (missing <= 8) return mp4
  const free = Buffer.alloc(missing)
  free.writeUInt32BE(missing)
  free.write('free', 4)
  return Buffer.concat([mp4, free])
}
