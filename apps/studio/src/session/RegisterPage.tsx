import { useState } from 'preact/hooks'
import { Link } from 'wouter-preact'
import { createPageClient } from '../data/data.tsx'
import { fieldProblems } from '../data/problem.ts'
import { language } from '../i18n/language.ts'
import { useTexts } from '../i18n/texts.ts'
import { useStore } from '../store.ts'
import { InputField } from '../ui/Field.tsx'
import { SessionForm } from './SessionForm.tsx'
import { signIn } from './session.ts'
import { useRequest } from './use-request.ts'

const fields = [
  { name: 'username', hint: 'usernameHint', input: { autoComplete: 'username', autoCapitalize: 'none' } },
  { name: 'email', hint: undefined, input: { type: 'email', autoComplete: 'email' } },
  { name: 'password', hint: 'passwordHint', input: { type: 'password', autoComplete: 'new-password' } },
] as const

export function RegisterPage() {
  const texts = useTexts().signIn
  const chosen = useStore(language)
  const [account, setAccount] = useState({ username: '', email: '', password: '' })
  const { busy, error, submit } = useRequest(async () => {
    const client = createPageClient(undefined, chosen)
    await client.register(account)
    signIn(await client.openSession(account.username, account.password))
  })
  const problems = fieldProblems(error)
  return (
    <SessionForm
      title={texts.register}
      submit={texts.registerSubmit}
      busy={busy}
      error={error}
      onSubmit={submit}
      other={
        <>
          {texts.have} <Link href="/sign-in">{texts.toSignIn}</Link>
        </>
      }
    >
      {fields.map(({ name, hint, input }) => (
        <InputField
          key={name}
          label={texts[name]}
          hint={hint && texts[hint]}
          problem={problems[name]}
          input={{
            ...input,
            name,
            required: true,
            value: account[name],
            onInput: ({ currentTarget }) => setAccount({ ...account, [name]: currentTarget.value }),
          }}
        />
      ))}
    </SessionForm>
  )
}
