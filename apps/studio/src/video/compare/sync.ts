/** How it stands with a player. */
export type Playback = { time: number; duration: number; paused: boolean; rate: number }

/** What a follower is told; what is left out stays as it is. */
export type Correction = { seekTo?: number; rate?: number; play?: true; pause?: true }

/** Less than this nobody sees: about half a frame. */
const CLOSE_S = 0.02
/** More than this is jumped over; less is caught up with by playing a little faster or slower. */
const FAR_S = 0.3
/** How much of a drift is caught up with in a second, and how far the rate may go. */
const GAIN = 0.5
const MOST = 0.12

/** What brings the follower to where the leader is. */
export function correct(leader: Playback, follower: Playback): Correction {
  const target = Math.min(leader.time, follower.duration)
  const drift = follower.time - target
  if (leader.paused) return { ...stopped(follower), ...(Math.abs(drift) > CLOSE_S && { seekTo: target }) }
  // The leader is the longer one: the other one waits at its end.
  if (leader.time >= follower.duration)
    return { ...stopped(follower), ...(Math.abs(drift) > FAR_S && { seekTo: target }) }

  const start: Correction = follower.paused ? { play: true } : {}
  if (Math.abs(drift) > FAR_S) return { ...start, ...paced(follower, leader.rate), seekTo: target }
  const change = Math.abs(drift) > CLOSE_S ? Math.max(-MOST, Math.min(MOST, -drift * GAIN)) : 0
  return { ...start, ...paced(follower, leader.rate * (1 + change)) }
}

function stopped({ paused }: Playback): Correction {
  return paused ? {} : { pause: true }
}

function paced({ rate }: Playback, wanted: number): Correction {
  return Math.abs(rate - wanted) < 0.001 ? {} : { rate: wanted }
}
