import { perMinute, quantiles, type Row } from './panel.ts'

export const queues: Row = {
  title: 'Queues',
  panels: [
    {
      id: 16,
      title: 'Polls late',
      about: 'How long after its time a poll ran, where one worker delayed and ran it.',
      unit: 's',
      queries: quantiles('reelay_job_lateness_seconds_bucket{queue="poll"}'),
    },
    {
      id: 17,
      title: 'Jobs',
      about: 'In Redis, by queue and state.',
      queries: [['max by (queue, state) (reelay_queue_jobs)', '{{queue}} {{state}}']],
    },
    {
      id: 18,
      title: 'Longest wait',
      about: 'How long the job at the head of each queue has been waiting.',
      unit: 's',
      queries: [['max by (queue) (reelay_queue_oldest_seconds)', '{{queue}}']],
    },
    {
      id: 19,
      title: 'Steps by outcome',
      about: 'Runs of jobs, by how they ended.',
      unit: 'cpm',
      queries: [[perMinute('queue, outcome', 'reelay_steps_total'), '{{queue}} {{outcome}}']],
    },
    {
      id: 20,
      title: 'Last sweep',
      about: 'How long ago a worker last looked for tasks without a job.',
      unit: 's',
      queries: [['time() - max(reelay_sweep_finished_timestamp_seconds)', 'ago']],
    },
    {
      id: 21,
      title: 'Tasks without a job',
      about: 'That the sweep found, and gave one.',
      unit: 'cpm',
      queries: [[perMinute('queue', 'reelay_sweep_enqueued_total'), '{{queue}}']],
    },
    {
      id: 22,
      title: 'Errors of BullMQ',
      about: 'And of its connection.',
      unit: 'cpm',
      queries: [[perMinute('queue', 'reelay_queue_errors_total'), '{{queue}}']],
    },
  ],
}

export const clips: Row = {
  title: 'Clips',
  panels: [
    {
      id: 23,
      title: 'Copies by outcome',
      about: 'Tries to copy a clip to our own store; lost: upstream had it no more.',
      unit: 'cpm',
      queries: [
        [perMinute('upstream, credential, outcome', 'reelay_archives_total'), '{{credential}} {{outcome}}'],
      ],
    },
    {
      id: 24,
      title: 'Store can be written',
      about: 'As each worker saw it within the last minute.',
      queries: [['min by (instance) (reelay_media_store_writable)', '{{instance}}']],
      isYesOrNo: true,
    },
    {
      id: 25,
      title: 'Removed from the store',
      about: 'Expired clips, orphans of no task, unfinished writes.',
      unit: 'cpm',
      queries: [[perMinute('what', 'reelay_media_removed_total'), '{{what}}']],
    },
  ],
}
