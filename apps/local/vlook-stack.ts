import { existsSync, writeFileSync, mkdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from '@reelay/client/client'
import pg from 'pg'
import { startStack } from './src/stack.ts'

mkdirSync('/tmp/vlook', { recursive: true })
const stack = await startStack({ dir: '/tmp/vlook/stack', port: 0, workers: 1, env: { POLL_INTERVAL_MS: '2000', SIMULATOR_QUEUED_MS: '1000', SIMULATOR_RENDER_MS: '6000', ADMIN_USERNAME: 'operator', ADMIN_PASSWORD: 'Tq7-vexing-Marsh' }, onProgress: console.log })
const guest = createClient({ baseUrl: stack.apiUrl })
await guest.register({ username: 'testuser', email: 'testuser@example.com', password: 'Test123456' }).catch(() => {})
const client = await guest.login('testuser', 'Test123456')
const finish = async (id: string) => { for await (const s of client.follow(id)) if (s.status !== 'QUEUED' && s.status !== 'PROCESSING') return s }
const a = await client.createTask({ prompt: 'A lighthouse in a storm, seen from the sea, waves against the rocks', size: '1280x720', seconds: '8' })
await finish(a.videoId)
const r1 = await client.remix(a.videoId, { prompt: 'the storm is over, gulls at dawn' })
const r2 = await client.remix(a.videoId, { prompt: 'the same lighthouse in heavy snow' })
await finish(r1.videoId); await finish(r2.videoId)
const r3 = await client.remix(r1.videoId, { prompt: '<img src=x onerror=alert(1)> a fishing boat leaves the harbour' })
await finish(r3.videoId)
const tall = await client.createTask({ prompt: 'a tall paper lantern rising', size: '720x1280', seconds: '4' })
await finish(tall.videoId)
const db = new pg.Client(stack.services.databaseUrl); await db.connect()
const cols = (await db.query(`select column_name from information_schema.columns where table_name='video_tasks' and is_generated='NEVER'`)).rows.map((r) => r.column_name)
const big = await client.createTask({ prompt: 'the root of a large family', size: '1280x720', seconds: '4' })
await finish(big.videoId); await sleep(3000)
const list = cols.join(','), vals = cols.map((c: string) => c === 'video_id' ? `'video_1767225600000_big' || lpad(g::text, 5, '0')` : c === 'prompt' ? `'descendant number ' || g` : c === 'client_request_id' || c === 'external_task_id' ? 'null' : c === 'metadata' ? `jsonb_build_object('type','remix','remix_from', case when g <= 3 then video_id else 'video_1767225600000_big' || lpad((((g - 1) / 3))::text, 5, '0') end)` : c).join(',')
try { const r = await db.query(`insert into video_tasks (${list}) select ${vals} from video_tasks, generate_series(1, 60) g where video_id = $1`, [big.videoId]); console.log('inserted', r.rowCount) } catch (e) { console.log('insert failed', (e as Error).message) }
const l = await client.lineage(big.videoId); const count = (n: any): number => 1 + n.children.reduce((s: number, c: any) => s + count(c), 0)
console.log('lineage', l.descendants.reduce((s, c) => s + count(c), 0), l.truncated)
await db.end()
writeFileSync('/tmp/vlook/stack.json', JSON.stringify({ apiUrl: stack.apiUrl, simulatorAdminUrl: stack.simulatorAdminUrl, db: stack.services.databaseUrl, ids: { a: a.videoId, r1: r1.videoId, r2: r2.videoId, r3: r3.videoId, tall: tall.videoId, big: big.videoId } }))
console.log('ready', stack.apiUrl)
while (!existsSync('/tmp/vlook/stop')) await sleep(1000)
await stack.stop(); process.exit(0)
