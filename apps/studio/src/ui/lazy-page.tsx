import type { ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { useTexts } from '../i18n/texts.ts'
import { Button } from './Button.tsx'
import { EmptyState } from './Notice.tsx'

type Loaded<Props> = { Component?: ComponentType<Props>; failed?: true }

/** A page whose script comes when it is opened. A script that is gone was replaced by a newer version. */
export function lazyPage<Props extends object>(load: () => Promise<ComponentType<Props>>) {
  let known: ComponentType<Props> | undefined

  return function LazyPage(props: Props) {
    const [{ Component = known, failed }, setLoaded] = useState<Loaded<Props>>({})
    useEffect(() => {
      if (known) return
      load().then(
        (component) => {
          known = component
          setLoaded({ Component: component })
        },
        () => setLoaded({ failed: true }),
      )
    }, [])
    if (Component) return <Component {...props} />
    return failed ? <Outdated /> : <div class="page" aria-busy="true" />
  }
}

function Outdated() {
  const { problems } = useTexts()
  return (
    <EmptyState title={problems.outdated}>
      <Button onClick={() => location.reload()}>{problems.reload}</Button>
    </EmptyState>
  )
}
