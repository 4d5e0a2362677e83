import type { Submitted } from '@reelay/contracts/replies'
import type { Task } from '@reelay/contracts/task'
import { useRef, useState } from 'preact/hooks'
import { Link } from 'wouter-preact'
import { messageOf } from '../../data/problem.ts'
import { useTexts as useStudioTexts } from '../../i18n/texts.ts'
import { Button } from '../../ui/Button.tsx'
import { Field, InputField } from '../../ui/Field.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { videoPath } from '../paths.ts'
import { useTexts } from '../use-texts.ts'
import { problemsOf } from './problems-of.ts'
import { useRemix } from './use-changes.ts'
import './actions.css'

/** Asks for a remix of a video. What is wrong stands beside its field. */
export function RemixForm({ task }: { task: Task }) {
  const texts = useTexts().remix
  const studio = useStudioTexts()
  const promptField = useRef<HTMLTextAreaElement>(null)
  const [prompt, setPrompt] = useState('')
  const [model, setModel] = useState('')
  const [isMissing, setIsMissing] = useState(false)
  const [made, setMade] = useState<Submitted>()
  const remix = useRemix(task, (submitted) => {
    setMade(submitted)
    setPrompt('')
  })
  const problems = problemsOf(remix.error, ['prompt', 'model'], messageOf(remix.error, studio))

  function submit(event: Event) {
    event.preventDefault()
    const isBlank = prompt.trim() === ''
    setIsMissing(isBlank)
    if (isBlank) promptField.current?.focus()
    // A second click before the first one was drawn is harmless, too: it has the same key.
    if (isBlank || remix.isPending) return
    setMade(undefined)
    remix.mutate({ prompt, ...(model.trim() && { model: model.trim() }) })
  }

  return (
    <form class="remix" noValidate onSubmit={submit}>
      <Field label={texts.prompt} problem={isMissing ? studio.problems.required : problems.prompt}>
        {(described) => (
          <textarea
            {...described}
            class="input"
            ref={promptField}
            rows={3}
            required
            maxLength={32_000}
            value={prompt}
            onInput={({ currentTarget }) => setPrompt(currentTarget.value)}
          />
        )}
      </Field>
      <InputField
        label={texts.model}
        hint={texts.modelHint}
        problem={problems.model}
        optional
        input={{
          maxLength: 128,
          autocomplete: 'off',
          value: model,
          onInput: ({ currentTarget }) => setModel(currentTarget.value),
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
