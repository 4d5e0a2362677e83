/** What is assumed until enough frames were seen. */
export const USUAL_FPS = 30
const usual = [24, 25, 30, 48, 50, 60]
const ENOUGH = 4

/** The middle of the frame before or after the one that is shown; a border could show either. */
export function stepTo(time: number, fps: number, direction: 1 | -1, duration: number): number {
  const frame = Math.floor(time * fps + 1e-3) + direction
  const last = Math.max(0, Math.ceil(duration * fps - 1e-3) - 1)
  return (Math.min(Math.max(frame, 0), last) + 0.5) / fps
}

/** From the media times of frames that were shown one after the other; some may have been left out. */
export function fpsOf(mediaTimes: number[]): number | undefined {
  const gaps = mediaTimes
    .slice(1)
    .map((time, i) => time - (mediaTimes[i] ?? time))
    .filter((gap) => gap > 0.004 && gap < 0.5)
    .sort((a, b) => a - b)
  if (gaps.length < ENOUGH) return undefined
  // One of the small ones: a frame that was left out makes a gap larger, and nothing makes one smaller.
  const measured = 1 / (gaps[Math.floor(gaps.length / 4)] ?? 1 / USUAL_FPS)
  return usual.find((fps) => Math.abs(fps - measured) / fps < 0.02) ?? measured
}
