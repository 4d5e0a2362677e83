import type { ComponentType } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { useReachable } from '../data/reachable.ts'
import { useTexts } from '../i18n/texts.ts'
import { Button } from './Button.tsx'
import { EmptyState } from './Notice.tsx'

/** A page whose script comes when it is opened. A script that is gone was replaced by a newer version. */
export function lazyPage<Props extends object>(load: () => Promise<ComponentType<Props>>) {
  let known: ComponentType<Props> | undefined

  return function LazyPage(props: Props) {
    const [Component = known, show] = useState<ComponentType<Props>>()
    const failed = useRef(false)
    const [isOutdated, setOutdated] = useState(false)
    const isReachable = useReachable()
    useEffect(() => {
      if (known || !isReachable) return
      // What could not be loaded is not asked for a second time, neither by all browsers nor by Vite.
      if (failed.current) return location.reload()
      load().then(
        (component) => {
          known = component
          show(() => component)
        },
        () => {
          failed.current = true
          setOutdated(true)
        },
      )
    }, [isReachable])
    if (Component) return <Component {...props} />
    if (!isReachable) return <Unreachable />
    return isOutdated ? <Outdated /> : <div class="page" aria-busy="true" />
  }
}

function Unreachable() {
  const { problems } = useTexts()
  return <EmptyState title={problems.offline} />
}

function Outdated() {
  const { problems } = useTexts()
  return (
    <EmptyState title={problems.outdated}>
      <Button onClick={() => location.reload()}>{problems.reload}</Button>
    </EmptyState>
  )
}
