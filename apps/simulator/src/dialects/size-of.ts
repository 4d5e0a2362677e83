const shortSides: Record<string, number> = {
  '480p': 480,
  '768p': 768,
  '1080p': 1080,
  '1K': 1024,
  '2K': 1440,
  '4K': 2160,
}

/** The size in pixels of what is asked for as `720p` and `16:9`; undefined when nothing is. */
export function sizeOf(resolution: string | undefined, aspectRatio: string | undefined): string | undefined {
  if (!resolution && !aspectRatio) return undefined
  const shortSide = shortSides[resolution ?? ''] ?? 720
  const [width = 16, height = 9] = (aspectRatio ?? '16:9').split(':').map(Number)
  const scale = shortSide / Math.min(width, height)
  return `${Math.round(width * scale)}x${Math.round(height * scale)}`
}
