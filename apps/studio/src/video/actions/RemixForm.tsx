import type { Submitted } from '@reelay/contracts/replies'
import type { Task } from '@reelay/contracts/task'
import { useRef, useState } from 'preact/hooks'
import { Link } from 'wouter-preact'
import { useDraft } from '../../data/drafts.ts'
import { messageOf } from '../../data/problem.ts'
import { useTexts as useStudioTexts } from '../../i18n/texts.ts'
import { Button } from '../../ui/Button.tsx'
import { Field, InputField } from '../../ui/Field.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { promptProblem } from '../../ui/prompt-problem.ts'
import { videoPath } from '../paths.ts'
import { useTexts } from '../use-texts.ts'
import { problemsOf } from './problems-of.ts'
import { useRemix } from './use-changes.ts'
import './actions.css'

const emptyText = { prompt: '', model: '' }

/** Asks for a remix of a video. What is wrong stands beside its field. */
export function RemixForm({ task }: { task: Task }) {
  const texts = useTexts().remix
  const studio = useStudioTexts()
  const promptField = useRef<HTMLTextAreaElement>(null)
  const { fields, set, sent } = useDraft(`remix of ${task.videoId}`, emptyText)
  const { prompt, model } = fields
  const [wasTried, setTried] = useState(false)
  const [made, setMade] = useState<Submitted>()
  const remix = useRemix(task, (submitted) => {
    setMade(submitted)
    sent({ prompt: '', model })
    setTried(false)
  })
  const problems = problemsOf(remix.error, ['prompt', 'model'], messageOf(remix.error, studio))

  function submit(event: Event) {
    event.preventDefault()
    const isWrong = promptProblem(prompt, studio, true) !== undefined
    setTried(true)
    if (isWrong) promptField.current?.focus()
    // A second click before the first one was drawn is harmless, too: it has the same key.
    if (isWrong || remix.isPending) return
    setMade(undefined)
    remix.mutate({ prompt, ...(model.trim() && { model: model.trim() }) })
  }

  return (
    <form class="remix" noValidate onSubmit={submit}>
      <Field label={texts.prompt} problem={promptProblem(prompt, studio, wasTried) ?? problems.prompt}>
        {(described) => (
          <textarea
            {...described}
            class="input"
            ref={promptField}
            rows={3}
            required
            value={prompt}
            onInput={({ currentTarget }) => set({ prompt: currentTarget.value })}
          />
        )}
      </Field>
      <InputField
        label={texts.model}
        hint={texts.modelHint}
        problem={problems.model}
        optional
        input={{
          autocomplete: 'off',
          value: model,
          onInput: ({ currentTarget }) => set({ model: currentTarget.value }),
        }}
      />
      <div class="remix-end">
        <Button type="submit" look="main" aria-disabled={remix.isPending}>
          {remix.isPending ? texts.sending : texts.submit}
        </Button>
        <div role="status">{made && <Made videoId={made.videoId} />}</div>
      </div>
      {problems.other && <Notice look="problem">{problems.other}</Notice>}
    </form>
  )
}

function Made({ videoId }: { videoId: string }) {
  const texts = useTexts().remix
  return (
    <>
      {texts.made} <Link href={videoPath(videoId)}>{texts.show}</Link>
    </>
  )
}
