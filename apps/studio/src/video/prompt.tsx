import type { Task } from '@reelay/contracts/task'
import { shortened } from './shortened.ts'
import type { Texts } from './texts/texts.ts'
import { useTexts } from './use-texts.ts'

const SHORT = 120

/** A prompt as a title, shortened where it is long. */
export function titleOf({ prompt }: Pick<Task, 'prompt'>, texts: Texts): string {
  return prompt.trim() === '' ? texts.page.uploaded : shortened(prompt, SHORT)
}

/** The whole of a prompt that is too long for a title, folded. */
export function FullPrompt({ task: { prompt } }: { task: Pick<Task, 'prompt'> }) {
  const texts = useTexts().page
  if (shortened(prompt, SHORT) === prompt) return null
  return (
    <details class="prompt">
      <summary>{texts.showAll}</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, with the keyboard, too */}
      <p tabIndex={0}>{prompt}</p>
    </details>
  )
}
