import { useEffect, useRef, useState } from 'preact/hooks'
import { useSearchParams } from 'wouter-preact'
import { Button } from '../ui/Button.tsx'
import { InputField } from '../ui/Field.tsx'
import { QueryView } from '../ui/QueryView.tsx'
import { Skeleton } from '../ui/Skeleton.tsx'
import { Found } from './Found.tsx'
import { useFoundTasks } from './use-reports.ts'
import { useTexts } from './use-texts.ts'

const PARAMETER = 'find'

/** Finds tasks by any id. What is looked for stands in the address, so that the way back leads to it. */
export function Search() {
  const texts = useTexts().search
  const [parameters, setParameters] = useSearchParams()
  const id = (parameters.get(PARAMETER) ?? '').trim()
  const [typed, setTyped] = useState(id)
  const form = useRef<HTMLFormElement>(null)
  const found = useFoundTasks(id)
  useEffect(() => setTyped(id), [id])
  useSlash(() => form.current?.querySelector('input')?.select())

  function submit(event: Event): void {
    event.preventDefault()
    const next = typed.trim()
    if (next === id && next !== '') void found.refetch()
    else setParameters(next === '' ? {} : { [PARAMETER]: next })
  }

  return (
    <search class="panel report">
      <form ref={form} class="search" onSubmit={submit}>
        <InputField
          label={texts.label}
          hint={texts.hint}
          input={{
            type: 'search',
            name: PARAMETER,
            value: typed,
            autoComplete: 'off',
            autoCapitalize: 'none',
            spellcheck: false,
            onInput: ({ currentTarget }) => setTyped(currentTarget.value),
          }}
        />
        <Button type="submit" look="main">
          {texts.submit}
        </Button>
      </form>
      {id !== '' && (
        <QueryView query={found} skeleton={<Skeleton height="3rem" />}>
          {(data) => <Found id={id} found={data} />}
        </QueryView>
      )}
    </search>
  )
}

/** The key / leads to the search, unless somebody is typing. */
function useSlash(onSlash: () => void): void {
  const called = useRef(onSlash)
  called.current = onSlash
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey
      if (event.key !== '/' || !isPlain || isTyping(event.target)) return
      event.preventDefault()
      called.current()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [])
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input, textarea, select, [contenteditable]')
}
