import { ReelayError } from '@reelay/client/client'
import { useMutation } from '@tanstack/preact-query'
import { useState } from 'preact/hooks'
import { useLocation } from 'wouter-preact'
import { useClient } from '../data/data.tsx'
import { createIntents } from '../data/intents.ts'
import { fieldProblems } from '../data/problem.ts'
import { useTexts } from '../i18n/texts.ts'
import { Button } from '../ui/Button.tsx'
import { Field, InputField } from '../ui/Field.tsx'
import { Page } from '../ui/Page.tsx'
import { useFirstProblem } from '../ui/use-first-problem.ts'
import { CreateProblem } from './CreateProblem.tsx'
import { emptyForm, type Form, missingIn, taskOf } from './form.ts'
import { PictureField } from './PictureField.tsx'
import { SizeField } from './SizeField.tsx'
import './create.css'

export function CreatePage() {
  const texts = useTexts()
  const words = texts.create
  const [form, setForm] = useState(emptyForm)
  const [missing, setMissing] = useState<{ field: keyof Form }>()
  const create = useCreate()
  const set = (change: Partial<Form>) => setForm({ ...form, ...change })
  const told = fieldProblems(create.error)
  const problems = { ...told, ...(missing && { [missing.field]: texts.problems.required }) }

  const element = useFirstProblem(missing ?? create.error)

  function submit(event: Event): void {
    event.preventDefault()
    const first = missingIn(form)
    // Another object each time: whoever tries again is shown again.
    setMissing(first && { field: first })
    if (!first && !create.isPending) create.mutate(form)
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
              maxLength={32_000}
              value={form.prompt}
              onInput={({ currentTarget }) => set({ prompt: currentTarget.value })}
            />
          )}
        </Field>
        <PictureField
          picture={form.picture}
          problem={problems.input_reference}
          onChange={(picture) => set({ picture })}
        />
        <SizeField size={form.size} problem={problems.size} onChange={(size) => set({ size })} />
        <div class="create-pair">
          <InputField
            label={words.seconds}
            optional
            hint={words.secondsHint}
            problem={problems.seconds}
            input={{
              name: 'seconds',
              inputMode: 'numeric',
              value: form.seconds,
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
              value: form.model,
              onInput: ({ currentTarget }) => set({ model: currentTarget.value }),
            }}
          />
        </div>
        <div>
          <Button type="submit" look="main" aria-disabled={create.isPending}>
            {create.isPending ? words.submitting : words.submit}
          </Button>
        </div>
      </form>
    </Page>
  )
}

function useCreate() {
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
      goTo(`/videos/${videoId}`)
    },
    onError: (error) => {
      if (error instanceof ReelayError) intents.answered(error)
    },
  })
}
