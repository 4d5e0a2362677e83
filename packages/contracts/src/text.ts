import { z } from 'zod'
import { type Problem, problems, told } from './problems.ts'

/**
 * Text that Postgres can store: well-formed UTF-16 without NUL. Postgres refuses anything
 * else with 22021 or 22P05, which would reach the client as a 500. Counted in characters, of which an emoji is one.
 */
export function plainText(min: number, max: number) {
  return z
    .string()
    .refine((text) => text.length >= min, first(min === 1 ? problems.empty : problems.shortest(min)))
    .refine((text) => isAtMost(max, text), first(problems.longest(max)))
    .refine(isStorable, first(problems.storable))
    .meta({ minLength: min, maxLength: max })
}

/** What `plainText` takes. There are thousands of ids a second to be judged. */
export function isPlainText(text: string, min: number, max: number): boolean {
  return text.length >= min && isAtMost(max, text) && isStorable(text)
}

export function visibleText(max: number) {
  return plainText(1, max).refine((text) => !isBlank(text), told(problems.empty))
}

export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\u0000')
}

/** Whether nobody would see anything of it. U+2800 is a Braille pattern without dots. */
export function isBlank(text: string): boolean {
  return /^[\s\p{Cc}\p{Cf}\p{M}\p{Default_Ignorable_Code_Point}\u2800]*$/u.test(text)
}

function first(problem: Problem) {
  return { ...told(problem), abort: true }
}

function isAtMost(max: number, text: string): boolean {
  return text.length <= max || (text.length <= 2 * max && [...text].length <= max)
}
