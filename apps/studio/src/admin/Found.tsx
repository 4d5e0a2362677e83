import type { FoundTask, FoundTasks } from '@reelay/contracts/operations'
import { Link } from 'wouter-preact'
import { Time } from '../ui/Time.tsx'
import { taskPath } from './paths.ts'
import { useTexts } from './use-texts.ts'

export function Found({ id, found: { tasks, truncated } }: { id: string; found: FoundTasks }) {
  const texts = useTexts().search
  return (
    <div class="found">
      <p class="soft" role="status">
        {tasks.length > 0 ? texts.found(tasks.length) : texts.none(id)}
      </p>
      <ul class="lines">
        {tasks.map((task) => (
          <Line key={task.videoId} task={task} />
        ))}
      </ul>
      {truncated && <p class="soft small">{texts.truncated}</p>}
    </div>
  )
}

function Line({ task }: { task: FoundTask }) {
  const texts = useTexts()
  const facts = [
    texts.status[task.status],
    task.deleted && texts.search.deleted,
    task.errorCode,
    task.username,
    task.attempt > 1 && texts.search.attempt(task.attempt),
    task.credential,
  ].filter(Boolean)
  return (
    <li class="line">
      <Link class="code" href={taskPath(task.videoId)}>
        {task.videoId}
      </Link>
      <span class="line-facts">{facts.join(' · ')}</span>
      <span class="soft small">
        <Time at={task.createdAt} />
      </span>
    </li>
  )
}
