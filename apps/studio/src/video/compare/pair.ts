import { fpsOf, stepTo, USUAL_FPS } from './frames.ts'
import { correct, type Playback } from './sync.ts'

/** How it stands with both, for those who show it. */
export type PairState = { time: number; duration: number; isPlaying: boolean; isMuted: boolean }

export type Pair = ReturnType<typeof createPair>

/** How often a drift is looked for while both play. */
const LOOK_MS = 200
/** Frames of which the rate is told. */
const SEEN = 12

/** Two players that play as one. The longer one leads; the second one where they are as long. */
export function createPair(
  first: HTMLVideoElement,
  second: HTMLVideoElement,
  onChange: (state: PairState) => void,
) {
  const listening = new AbortController()
  const { signal } = listening
  const mediaTimes: number[] = []
  let timer: ReturnType<typeof setInterval> | undefined

  // Two sounds at once are noise: only the second one is heard.
  first.muted = true
  const leader = () => (durationOf(first) > durationOf(second) ? first : second)
  const follower = () => (leader() === first ? second : first)
  const tell = () =>
    onChange({
      time: leader().currentTime,
      duration: durationOf(leader()),
      isPlaying: !leader().paused,
      isMuted: second.muted,
    })

  function follow() {
    const { seekTo, rate, play, pause } = correct(playbackOf(leader()), playbackOf(follower()))
    const element = follower()
    if (pause) element.pause()
    if (seekTo !== undefined) element.currentTime = seekTo
    if (rate !== undefined) element.playbackRate = rate
    if (play) void element.play().catch(() => {})
    tell()
  }

  for (const element of [first, second]) {
    for (const name of ['play', 'pause', 'seeked', 'loadedmetadata', 'ended', 'volumechange'] as const)
      element.addEventListener(name, () => element === leader() && follow(), { signal })
    element.addEventListener('timeupdate', () => element === leader() && tell(), { signal })
  }
  timer = setInterval(() => leader().paused || follow(), LOOK_MS)
  watchFrames(second, mediaTimes, signal)
  tell()

  return {
    toggle() {
      if (!leader().paused) return leader().pause()
      if (leader().ended) leader().currentTime = 0
      void leader()
        .play()
        .catch(() => {})
    },
    seek(time: number) {
      leader().currentTime = time
    },
    step(direction: 1 | -1) {
      leader().pause()
      const { currentTime, duration } = leader()
      leader().currentTime = stepTo(currentTime, fpsOf(mediaTimes) ?? USUAL_FPS, direction, duration)
    },
    mute(isMuted: boolean) {
      second.muted = isMuted
      tell()
    },
    close() {
      clearInterval(timer)
      listening.abort()
    },
  }
}

function watchFrames(video: HTMLVideoElement, mediaTimes: number[], signal: AbortSignal): void {
  // Not in every browser.
  if (!('requestVideoFrameCallback' in video)) return
  const see: VideoFrameRequestCallback = (_, { mediaTime }) => {
    if (signal.aborted) return
    if (mediaTime <= (mediaTimes.at(-1) ?? 0)) mediaTimes.length = 0
    mediaTimes.push(mediaTime)
    if (mediaTimes.length > SEEN) mediaTimes.shift()
    video.requestVideoFrameCallback(see)
  }
  video.requestVideoFrameCallback(see)
}

function playbackOf({ currentTime, duration, paused, ended, playbackRate }: HTMLVideoElement): Playback {
  return { time: currentTime, duration, paused: paused || ended, rate: playbackRate }
}

/** 0 until it is known. */
function durationOf({ duration }: HTMLVideoElement): number {
  return Number.isFinite(duration) ? duration : 0
}
