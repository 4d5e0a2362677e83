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
    const [isFailed, setFailed] = useState(false)
    const isReachable = useReachable()
    const wasUnreachable = useRef(false)
    useEffect(() => {
      if (known) return
      load().then(
        (component) => {
          known = component
          show(() => component)
        },
        () => setFailed(true),
      )
    }, [])
    useEffect(() => {
      if (!isFailed) return
      // Not loaded a second time: neither all browsers nor Vite ask again for what they could not load.
      if (isReachable && wasUnreachable.current) location.reload()
      wasUnreachable.current = !isReachable
    }, [isFailed, isReachable])
    if (Component) return <Component {...props} />
    if (!isFailed) return <div class="page" aria-busy="true" />
    return isReachable ? <Outdated /> : <Unreachable />
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
