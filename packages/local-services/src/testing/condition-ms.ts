/** For one condition: less than its test has, so that the failure says what was awaited. */
export const CONDITION_MS = 120_000
