import { expect, test } from 'vitest'
import { type Correction, correct, type Playback } from '../../../src/video/compare/sync.ts'

const playing = (time: number, changes: Partial<Playback> = {}): Playback => ({
  time,
  duration: 8,
  paused: false,
  rate: 1,
  ...changes,
})

const cases: [string, Playback, Playback, Correction][] = [
  ['nothing while they are together', playing(2), playing(2.01), {}],
  ['a start where only the leader plays', playing(2), playing(2, { paused: true }), { play: true }],
  ['a stop where the leader stopped', playing(2, { paused: true }), playing(2), { pause: true }],
  [
    'the very frame of a leader that stopped',
    playing(2, { paused: true }),
    playing(2.1, { paused: true }),
    { seekTo: 2 },
  ],
  ['less speed where it is a little ahead', playing(2), playing(2.1), { rate: 0.95 }],
  ['more speed where it is a little behind', playing(2), playing(1.9), { rate: 1.05 }],
  ['a jump where it is far off', playing(2), playing(5), { seekTo: 2 }],
  ['the usual speed again when it caught up', playing(2), playing(2, { rate: 1.05 }), { rate: 1 }],
  ['the speed of the leader', playing(2, { rate: 0.5 }), playing(2), { rate: 0.5 }],
  ['a wait at its end where it is shorter', playing(6), playing(4, { duration: 4 }), { pause: true }],
  ['nothing more once it waits', playing(6), playing(4, { duration: 4, paused: true }), {}],
  [
    'its end where the leader jumped beyond it',
    playing(6),
    playing(1, { duration: 4, paused: true }),
    { seekTo: 4 },
  ],
]

test.each(cases)('the follower is told %s', (_, leader, follower, correction) => {
  const told = correct(leader, follower)
  if (told.rate !== undefined) told.rate = Math.round(told.rate * 1000) / 1000
  expect(told).toEqual(correction)
})

test.each([-0.28, -0.1, 0.05, 0.28])('a drift of %d s is gone within eight seconds', (drift) => {
  let [leader, follower] = [playing(1, { duration: 60 }), playing(1 + drift, { duration: 60 })]
  for (let i = 0; i < 32; i += 1) {
    const { rate = follower.rate } = correct(leader, follower)
    leader = { ...leader, time: leader.time + 0.25 }
    follower = { ...follower, rate, time: follower.time + 0.25 * rate }
  }
  expect(Math.abs(follower.time - leader.time)).toBeLessThan(0.021)
})
