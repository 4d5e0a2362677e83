import type { ExplanationCode } from '@reelay/contracts/explain'
import { ended } from './ended.ts'
import { figuresOf, type Sentence, type Text, type Told } from './figures.ts'
import { followed } from './followed.ts'
import { ours } from './ours.ts'
import { unsent } from './unsent.ts'

const sentences: Record<ExplanationCode, Sentence> = { ...unsent, ...followed, ...ours, ...ended }

export function explanationText(told: Told, { now, language }: { now: Date; language: keyof Text }): string {
  return sentences[told.because](figuresOf(told, now))[language]
}
