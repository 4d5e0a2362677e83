import type { Texts } from '../i18n/texts.ts'

const LONGEST = 32_000

/** What is wrong with a prompt. That it is missing is told once somebody tried to send it so. */
export function promptProblem(prompt: string, texts: Texts, wasTried: boolean): string | undefined {
  const extra = tooMany(prompt)
  if (extra > 0) return texts.problems.tooLong(extra)
  return wasTried && prompt.trim() === '' ? texts.problems.required : undefined
}

/** By characters, of which an emoji is one, as the api counts them. */
function tooMany(prompt: string): number {
  return prompt.length > LONGEST ? Math.max(0, [...prompt].length - LONGEST) : 0
}
