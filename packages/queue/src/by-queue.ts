import { type QueueName, queueNames } from '@reelay/contracts/jobs'

export function byQueue<T>(of: (name: QueueName) => T): Record<QueueName, T> {
  return Object.fromEntries(queueNames.map((name) => [name, of(name)])) as Record<QueueName, T>
}
