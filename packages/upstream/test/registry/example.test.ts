import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { readRegistry } from '../../src/registry/read-registry.ts'

const file = new URL('../../../../docs/upstreams.example.yaml', import.meta.url)

test('the example in docs is a registry once its variables are set', async () => {
  const text = await readFile(file, 'utf8')
  const names = [...text.matchAll(/key: \$\{(\w+)\}/g)].map(([, name = '']) => name)
  const result = readRegistry({
    path: file.pathname,
    text,
    environment: { NODE_ENV: 'production', ...Object.fromEntries(names.map((name) => [name, `sk-${name}`])) },
    dialects: {
      names: ['azure', 'litellm', 'vllm-omni'],
      read: (_, overrides) => ({ dialect: { auth: 'bearer', ...Object(overrides) } }),
    },
    readFile: () => '',
  })
  if ('problems' in result) expect(result.problems).toEqual([])
  else
    expect(result.registry.upstreams.flatMap(({ credentials }) => credentials)).toHaveLength(names.length + 1)
})
