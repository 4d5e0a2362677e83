/** A hue of its own for each video, the same each time. */
export function hueOf(videoId: string): number {
  let hash = 7
  for (const letter of videoId) hash = (hash * 31 + letter.charCodeAt(0)) % 100_003
  return hash % 360
}

/** As CSS says it; 16:9 where nobody has said a size. */
export function ratioOf(size: string | null): string {
  const [, width, height] = /^(\d{2,5})x(\d{2,5})$/.exec(size ?? '') ?? []
  return width && height ? `${width} / ${height}` : '16 / 9'
}
