/** Seconds become fractions of one, so that a scenario sees many rounds of everything. */
export const quick = {
  SORA_SUBMIT_TIMEOUT_MS: '1500',
  SORA_POLL_TIMEOUT_MS: '1500',
  SEND_WINDOW_MS: '500',
  RECONCILE_WINDOW_MS: '8000',
  LOCK_DURATION_MS: '1000',
  STALLED_INTERVAL_MS: '500',
  SWEEP_INTERVAL_MS: '500',
  POLL_INTERVAL_MS: '500',
  SIMULATOR_QUEUED_MS: '100',
  SIMULATOR_RENDER_MS: '1500',
}

/** For a thousand tasks at a time, whose polls alone would keep two cores busy: their clips stay upstream. */
export const steady = {
  ...quick,
  ARCHIVE: 'off',
  LOCK_DURATION_MS: '3000',
  STALLED_INTERVAL_MS: '1000',
  SWEEP_INTERVAL_MS: '1000',
  POLL_INTERVAL_MS: '2000',
}

/** What an operator gets who sets nothing. */
export const production = { SIMULATOR_QUEUED_MS: '1000', SIMULATOR_RENDER_MS: '40000' }

/**
 * Every task is followed by listeners, so nobody needs to wait for its first answer; all users come from one
 * address, and nothing is turned away because this machine is busy.
 */
export const always = {
  REMIX_ACCEPT_WAIT_MS: '0',
  RATE_LIMIT_PER_MINUTE: '0',
  SHED_AT_DELAY_MS: '0',
  SIMULATOR_ONE_CLIP: 'true',
}
