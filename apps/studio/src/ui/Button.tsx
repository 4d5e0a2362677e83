import type { ComponentProps } from 'preact'
import { Link } from 'wouter-preact'
import './button.css'

export type ButtonLook = 'main' | 'plain' | 'quiet' | 'danger'

type ButtonProps = ComponentProps<'button'> & { look?: ButtonLook }

export function Button({ look = 'plain', type = 'button', class: more = '', ...rest }: ButtonProps) {
  return <button {...rest} type={type} class={`button ${look} ${String(more)}`} />
}

type ButtonLinkProps = { href: string; look?: ButtonLook; children: preact.ComponentChildren }

/** Looks like a button and goes to a page. */
export function ButtonLink({ href, look = 'plain', children }: ButtonLinkProps) {
  return (
    <Link href={href} class={`button ${look}`}>
      {children}
    </Link>
  )
}
