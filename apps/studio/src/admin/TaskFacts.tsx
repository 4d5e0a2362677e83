import type { FoundTask } from '@reelay/contracts/operations'
import type { ComponentChildren } from 'preact'
import { Link } from 'wouter-preact'
import { Time } from '../ui/Time.tsx'
import { homePath } from './paths.ts'
import { useTexts } from './use-texts.ts'

type TaskFactsProps = { task: FoundTask; children: ComponentChildren }

/** What a row says of its task, without its words. */
export function TaskFacts({ task, children }: TaskFactsProps) {
  const texts = useTexts()
  const { status, deleted, username, attempt, credential, externalTaskId, errorCode, createdAt } = task
  const facts: [string, ComponentChildren][] = [
    [texts.task.status, deleted ? `${texts.status[status]}, ${texts.task.deleted}` : texts.status[status]],
    [texts.task.user, <ByUser key="user" username={username} />],
    [texts.task.created, <Time key="created" at={createdAt} />],
    [texts.task.attempt, attempt],
    [texts.task.key, credential],
    [texts.task.externalTaskId, externalTaskId && <span class="code">{externalTaskId}</span>],
    [texts.task.errorCode, errorCode && <span class="code">{errorCode}</span>],
  ]
  return (
    <section class="panel report" aria-label={texts.task.title}>
      <dl class="facts">
        {facts
          .filter(([, value]) => value !== null)
          .map(([name, value]) => (
            <FactOf key={name} name={name}>
              {value}
            </FactOf>
          ))}
      </dl>
      {children}
    </section>
  )
}

function FactOf({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  )
}

function ByUser({ username }: { username: string }) {
  return <Link href={`${homePath}?${new URLSearchParams({ find: username })}`}>{username}</Link>
}
