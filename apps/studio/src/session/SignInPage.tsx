import { useState } from 'preact/hooks'
import { Link } from 'wouter-preact'
import { createPageClient } from '../data/data.tsx'
import { fieldProblems } from '../data/problem.ts'
import { language } from '../i18n/language.ts'
import { useTexts } from '../i18n/texts.ts'
import { useStore } from '../store.ts'
import { InputField } from '../ui/Field.tsx'
import { Notice } from '../ui/Notice.tsx'
import { SessionForm } from './SessionForm.tsx'
import { hasEnded, signIn } from './session.ts'
import { useRequest } from './use-request.ts'

export function SignInPage() {
  const texts = useTexts().signIn
  const chosen = useStore(language)
  const [account, setAccount] = useState({ username: '', password: '' })
  const { busy, error, submit } = useRequest(async () => {
    const client = createPageClient(undefined, chosen)
    signIn(await client.openSession(account.username, account.password))
  })
  const problems = fieldProblems(error)
  return (
    <SessionForm
      title={texts.title}
      submit={texts.submit}
      busy={busy}
      error={error}
      onSubmit={submit}
      other={
        <>
          {texts.none} <Link href="/register">{texts.toRegister}</Link>
        </>
      }
    >
      {useStore(hasEnded) && error === undefined && <Notice look="warning">{texts.ended}</Notice>}
      <InputField
        label={texts.username}
        problem={problems.username}
        input={{
          name: 'username',
          autoComplete: 'username',
          autoCapitalize: 'none',
          required: true,
          value: account.username,
          onInput: ({ currentTarget }) => setAccount({ ...account, username: currentTarget.value }),
        }}
      />
      <InputField
        label={texts.password}
        problem={problems.password}
        input={{
          name: 'password',
          type: 'password',
          autoComplete: 'current-password',
          required: true,
          value: account.password,
          onInput: ({ currentTarget }) => setAccount({ ...account, password: currentTarget.value }),
        }}
      />
    </SessionForm>
  )
}
