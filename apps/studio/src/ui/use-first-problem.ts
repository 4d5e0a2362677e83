import { useEffect, useRef } from 'preact/hooks'

/** Has the first field that is wrong get the focus, each time that something is told of a form. */
export function useFirstProblem(told: unknown) {
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => {
    if (told) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
  }, [told])
  return form
}
