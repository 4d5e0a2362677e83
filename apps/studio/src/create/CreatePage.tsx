import { ReelayError } from '@reelay/client/client'
import { useMutation } from '@tanstack/preact-query'
import { useState } from 'preact/hooks'
import { useLocation } from 'wouter-preact'
import { useClient } from '../data/data.tsx'
import { useDraft } from '../data/drafts.ts'
import { createIntents } from '../data/intents.ts'
import { fieldProblems } from '../data/problem.ts'
import { useTexts } from '../i18n/texts.ts'
import { Button } from '../ui/Button.tsx'
import { Field, InputField } from '../ui/Field.tsx'
import { Page } from '../ui/Page.tsx'
import { promptProblem } from '../ui/prompt-problem.ts'
import { useFirstProblem } from '../ui/use-first-problem.ts'
import { CreateProblem } from './CreateProblem.tsx'
import { emptyText, type Form, taskOf } from './form.ts'
import { PictureField } from './PictureField.tsx'
import { SizeField } from './SizeField.tsx'
import './create.css'

export function CreatePage() {
  const texts = useTexts()
  const words = texts.create
  const { fields, set, sent } = useDraft('new', emptyText)
  const [picture, setPicture] = useState<File | null>(null)
  const [stopped, setStopped] = useState<object>()
  const create = useCreate(() => sent(emptyText))
  const told = fieldProblems(create.error)
  const promptIs = promptProblem(fields.prompt, texts, stopped !== undefined)
  const problems: Record<string, string> = { ...told, ...(promptIs && { prompt: promptIs }) }

  const element = useFirstProblem(stopped ?? create.error)

  function submit(event: Event): void {
    event.preventDefault()
    const isWrong = promptProblem(fields.prompt, texts, true) !== undefined
    // Another object each time: whoever tries again is shown again.
    setStopped(isWrong ? {} : undefined)
    if (!isWrong && !create.isPending) create.mutate({ ...fields, picture })
  }

  return (
    <Page title={words.title} narrow>
      <form ref={element} class="stack create" noValidate onSubmit={submit}>
        {create.error && <CreateProblem error={create.error} />}
        <Field label={words.prompt} hint={words.promptHint} problem={problems.prompt}>
          {(described) => (
            <textarea
              {...described}
              class="input"
              name="prompt"
              required
              value={fields.prompt}
              onInput={({ currentTarget }) => set({ prompt: currentTarget.value })}
            />
          )}
        </Field>
        <PictureField picture={picture} problem={problems.input_reference} onChange={setPicture} />
        <SizeField size={fields.size} problem={problems.size} onChange={(size) => set({ size })} />
        <Details fields={fields} problems={problems} set={set} />
        <div>
          <Button type="submit" look="main" aria-disabled={create.isPending}>
            {create.isPending ? words.submitting : words.submit}
          </Button>
        </div>
      </form>
    </Page>
  )
}

type DetailsProps = {
  fields: typeof emptyText
  problems: Record<string, string>
  set: (change: Partial<typeof emptyText>) => void
}

function Details({ fields, problems, set }: DetailsProps) {
  const words = useTexts().create
  return (
    <div class="create-pair">
      <InputField
        label={words.seconds}
        optional
        hint={words.secondsHint}
        problem={problems.seconds}
        input={{
          name: 'seconds',
          inputMode: 'numeric',
          value: fields.seconds,
          onInput: ({ currentTarget }) => set({ seconds: currentTarget.value }),
        }}
      />
      <InputField
        label={words.model}
        optional
        hint={words.modelHint}
        problem={problems.model}
        input={{
          name: 'model',
          autoCapitalize: 'none',
          spellcheck: false,
          value: fields.model,
          onInput: ({ currentTarget }) => set({ model: currentTarget.value }),
        }}
      />
    </div>
  )
}

function useCreate(onDone: () => void) {
  const client = useClient()
  const [, goTo] = useLocation()
  const [intents] = useState(() => createIntents())
  return useMutation({
    mutationFn: (form: Form) => {
      const task = taskOf(form)
      return client.createTask({ ...task, clientRequestId: intents.keyFor(task) })
    },
    onSuccess: ({ videoId }) => {
      intents.answered()
      onDone()
      goTo(`/videos/${videoId}`)
    },
    onError: (error) => {
      if (error instanceof ReelayError) intents.answered(error)
    },
  })
}
