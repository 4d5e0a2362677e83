import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { useTexts } from '../i18n/texts.ts'
import './page.css'

type PageProps = {
  title: string
  aside?: ComponentChildren
  narrow?: boolean
  children: ComponentChildren
}

/** The page that was opened first keeps the focus where the browser has it. */
let isFirst = true

/** A page with its heading, which has the focus when one comes from another page. */
export function Page({ title, aside, narrow = false, children }: PageProps) {
  const { name } = useTexts()
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = `${title} · ${name}`
  }, [title, name])
  useEffect(() => {
    if (!isFirst) heading.current?.focus({ preventScroll: true })
    isFirst = false
  }, [])
  return (
    <div class={`page ${narrow ? 'narrow' : ''}`}>
      <div class="page-head">
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {aside}
      </div>
      {children}
    </div>
  )
}
