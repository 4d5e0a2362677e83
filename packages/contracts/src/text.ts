import { z } from 'zod'

/**
 * Text that Postgres can store: well-formed UTF-16 without NUL. Postgres answers 22021 or 22P05 to
 * anything else, which would reach the client as a 500.
 */
export function plainText(min: number, max: number) {
  return z
    .string()
    .min(min, min === 1 ? 'must not be empty' : `must have at least ${min} characters`)
    .max(max, `must have at most ${max} characters`)
    .refine(isStorable, 'must be well-formed text without NUL characters')
}

export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\u0000')
}
