import type { ExplanationCode } from '@reelay/contracts/explain'
import { count, joined, nextTry, type Sentence } from './figures.ts'

/** Of what keeps us from our own work. */
export const ours = {
  job_missing: ({ at }) => ({
    en: `Its job is not in the queue. It is added again by ${at}; nothing is lost.`,
    zh: `队列中缺少该任务的作业，最迟于 ${at} 重新加入，没有任何丢失。`,
  }),
  redis_away: () => ({
    en: 'Redis, which hands out the work, is away. The task is safe in the database, and goes on by itself when Redis is back.',
    zh: '负责分发工作的 Redis 暂时不可用。任务已安全保存在数据库中，Redis 恢复后自动继续。',
  }),
  stopped: () => ({
    en: 'An operator has stopped this queue. It goes on when the queue is resumed.',
    zh: '运维人员已暂停该队列，恢复后继续。',
  }),
  no_worker: () => ({
    en: 'No worker is running. The task is safe in the database, and goes on by itself when one is started.',
    zh: '当前没有工作进程在运行。任务已安全保存在数据库中，工作进程启动后自动继续。',
  }),
  workers_late: ({ since }) => ({
    en: `It was due at ${since}, and no worker has taken it yet: all are busy or away.`,
    zh: `原定于 ${since} 处理，但尚无工作进程接手：它们都在忙碌或不可用。`,
  }),
  own_error: (figures) =>
    joined(
      {
        en: `Something went wrong on our side ${count(figures.failures, 'time', 'times')} in a row. No such error ends a task.`,
        zh: `我们这边连续出错 ${figures.failures} 次。这类错误不会终止任务。`,
      },
      ...nextTry(figures),
    ),
} satisfies Partial<Record<ExplanationCode, Sentence>>
