import type { Task } from '@reelay/client/client'
import { Card } from './Card.tsx'
import './cards.css'

export function Cards({ tasks }: { tasks: Task[] }) {
  return (
    <ul class="cards">
      {tasks.map((task) => (
        <li key={task.videoId}>
          <Card task={task} />
        </li>
      ))}
    </ul>
  )
}
