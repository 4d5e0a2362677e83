import type { NewKey, Scope } from '@reelay/contracts/api-keys'
import { useMutation, useQueryClient } from '@tanstack/preact-query'
import { useState } from 'preact/hooks'
import { useClient } from '../data/data.tsx'
import { fieldProblems, messageOf } from '../data/problem.ts'
import { apiKeysKey } from '../data/query-keys.ts'
import { useTexts } from '../i18n/texts.ts'
import { Button } from '../ui/Button.tsx'
import { InputField } from '../ui/Field.tsx'
import { Notice } from '../ui/Notice.tsx'
import { useFirstProblem } from '../ui/use-first-problem.ts'

const scopes: readonly Scope[] = ['videos:read', 'videos:write']

export function KeyForm({ onMade }: { onMade: (made: NewKey) => void }) {
  const texts = useTexts()
  const client = useClient()
  const queries = useQueryClient()
  const [name, setName] = useState('')
  const [chosen, setChosen] = useState(scopes)
  const create = useMutation({
    mutationFn: () => client.createKey({ name, scopes: [...chosen] }),
    onSuccess: (made) => {
      onMade(made)
      setName('')
      return queries.invalidateQueries({ queryKey: apiKeysKey })
    },
  })
  const problems = fieldProblems(create.error)
  const element = useFirstProblem(create.error)
  return (
    <form
      ref={element}
      class="panel stack"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        if (!create.isPending) create.mutate()
      }}
    >
      {create.error && <Notice look="problem">{messageOf(create.error, texts)}</Notice>}
      <InputField
        label={texts.keys.name}
        hint={texts.keys.nameHint}
        problem={problems.name}
        input={{
          name: 'name',
          autoComplete: 'off',
          required: true,
          value: name,
          onInput: ({ currentTarget }) => setName(currentTarget.value),
        }}
      />
      <fieldset class="field">
        <legend class="field-label">{texts.keys.scopes}</legend>
        {scopes.map((scope) => (
          <label key={scope} class="keys-scope">
            <input
              type="checkbox"
              checked={chosen.includes(scope)}
              onChange={({ currentTarget: { checked } }) =>
                setChosen(scopes.filter((each) => (each === scope ? checked : chosen.includes(each))))
              }
            />
            {texts.keys.scopeNames[scope]}
          </label>
        ))}
        <p class="field-problem" role="alert" hidden={problems.scopes === undefined}>
          {problems.scopes}
        </p>
      </fieldset>
      <div>
        <Button type="submit" look="main" aria-disabled={create.isPending}>
          {texts.keys.submit}
        </Button>
      </div>
    </form>
  )
}
