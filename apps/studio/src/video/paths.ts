export function videoPath(videoId: string): string {
  return `/videos/${encodeURIComponent(videoId)}`
}

export function comparePath(videoId: string): string {
  return `/compare/${encodeURIComponent(videoId)}`
}
