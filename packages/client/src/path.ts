export const tasksPath = '/api/video/tasks'

export function taskPath(videoId: string): string {
  return `${tasksPath}/${encodeURIComponent(videoId)}`
}
