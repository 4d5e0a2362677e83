import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Deployment } from 'kubernetes-models/apps/v1'
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2'
import { Job } from 'kubernetes-models/batch/v1'
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1'
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1'
import { PersistentVolumeClaim, Service } from 'kubernetes-models/v1'
import { expect, test } from 'vitest'
import { PICTURE_MAX_BYTES } from '../../api/src/pictures/take-picture.ts'
import { workerEnvironment } from '../../worker/src/config.ts'
import { type Manifest, manifestFiles, manifestsOf, root, watched } from './manifests.ts'

const models: Record<string, new (manifest: never) => { validate(): void }> = {
  'apps/v1 Deployment': Deployment,
  'autoscaling/v2 HorizontalPodAutoscaler': HorizontalPodAutoscaler,
  'batch/v1 Job': Job,
  'networking.k8s.io/v1 NetworkPolicy': NetworkPolicy,
  'policy/v1 PodDisruptionBudget': PodDisruptionBudget,
  'v1 PersistentVolumeClaim': PersistentVolumeClaim,
  'v1 Service': Service,
}

const [, mediaDirOfImage] = /\bMEDIA_DIR=(\S+)/.exec(readFileSync(join(root, 'Dockerfile'), 'utf8')) ?? []
const manifests = manifestFiles.flatMap(manifestsOf)
const pods = manifests.filter(({ kind }) => kind === 'Deployment' || kind === 'Job')
const find = (kind: string, name: string): Manifest => {
  const found = manifests.find((each) => each.kind === kind && each.metadata.name === name)
  if (!found) throw new Error(`there is no ${kind} ${name}`)
  return found
}

test.each(manifests)('$kind $metadata.name is what Kubernetes knows', (manifest) => {
  expect(problemsOf(manifest)).toEqual([])
})

test('a wrong value and a misspelt field are both noticed', () => {
  const deployment = structuredClone(find('Deployment', 'reelay-api'))
  const [container] = deployment.spec.template.spec.containers
  container.livenessProbe.periodSeconds = 'often'
  container.imagePolicy = 'Always'
  expect(problemsOf(deployment)).toEqual([
    '.spec.template.spec.containers.0.imagePolicy is not known',
    expect.stringContaining('livenessProbe/periodSeconds must be integer'),
  ])
})

test.each(pods)('$metadata.name runs without any privilege', ({ spec }) => {
  const pod = spec.template.spec
  expect(pod.automountServiceAccountToken).toBe(false)
  expect(pod.securityContext).toMatchObject({
    runAsNonRoot: true,
    seccompProfile: { type: 'RuntimeDefault' },
  })
  for (const container of pod.containers) {
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    })
    expect(container.image).toMatch(/^[\w./-]+:\d/)
    expect(container.resources.limits.memory).toBeDefined()
  }
})

test.each(pods)('$metadata.name has secrets by reference only', ({ spec }) => {
  for (const { env } of spec.template.spec.containers) {
    for (const { valueFrom, value } of env) {
      expect(value).toBeUndefined()
      expect(valueFrom.secretKeyRef.name).toBe('reelay')
    }
  }
})

test.each(['api', 'worker'])('the %s is probed, scaled, disrupted and fenced in', (component) => {
  const name = `reelay-${component}`
  const deployment = find('Deployment', name)
  const [container] = deployment.spec.template.spec.containers
  expect(container.livenessProbe.httpGet.path).toBe('/health')
  expect(container.readinessProbe.httpGet.path).toBe('/health/ready')
  expect(deployment.spec).not.toHaveProperty('replicas')
  expect(find('HorizontalPodAutoscaler', name).spec.scaleTargetRef.name).toBe(name)
  expect(find('HorizontalPodAutoscaler', name).spec.minReplicas).toBeGreaterThan(1)
  const { labels } = deployment.spec.template.metadata
  expect(find('PodDisruptionBudget', name).spec.selector.matchLabels).toEqual(labels)
  expect(find('NetworkPolicy', name).spec.podSelector.matchLabels).toEqual(labels)
})

test.each(['api', 'worker'])('the %s may be given a file of upstreams, and does without', (component) => {
  const { containers, volumes } = find('Deployment', `reelay-${component}`).spec.template.spec
  const [{ env, envFrom, volumeMounts }] = containers
  expect(volumeMounts).toContainEqual({ name: 'upstreams', mountPath: '/etc/reelay', readOnly: true })
  expect(volumes).toContainEqual({
    name: 'upstreams',
    configMap: { name: 'reelay-upstreams', optional: true },
  })
  expect(envFrom).toContainEqual({ secretRef: { name: 'reelay-upstreams', optional: true } })
  const key = env.find(({ name }: { name: string }) => name === 'SORA_API_KEY')
  expect(key.valueFrom.secretKeyRef.optional).toBe(true)
})

test.each(['api', 'worker'])(
  'the %s has the one folder of pictures and clips, or a key for S3',
  (component) => {
    const pod = find('Deployment', `reelay-${component}`).spec.template.spec
    const [{ env, volumeMounts }] = pod.containers
    const mount = volumeMounts.find(({ name }: { name: string }) => name === 'media')
    expect(mount).toEqual({ name: 'media', mountPath: mediaDirOfImage })
    expect(pod.volumes).toContainEqual({
      name: 'media',
      persistentVolumeClaim: { claimName: find('PersistentVolumeClaim', 'reelay-media').metadata.name },
    })
    expect(pod.securityContext.fsGroup).toBe(pod.securityContext.runAsGroup)
    for (const key of ['MEDIA_S3_ACCESS_KEY_ID', 'MEDIA_S3_SECRET_ACCESS_KEY'])
      expect(env).toContainEqual({
        name: key,
        valueFrom: { secretKeyRef: { name: 'reelay', key, optional: true } },
      })
  },
)

test('the folder can be written from every node', () => {
  expect(find('PersistentVolumeClaim', 'reelay-media').spec.accessModes).toEqual(['ReadWriteMany'])
})

test('an api has room for what many upload at once', () => {
  const { volumes } = find('Deployment', 'reelay-api').spec.template.spec
  const { emptyDir } = volumes.find(({ name }: { name: string }) => name === 'tmp')
  const [, gibibytes] = /^(\d+)Gi$/.exec(emptyDir.sizeLimit) ?? []
  expect(Number(gibibytes) * 2 ** 30).toBeGreaterThan(100 * PICTURE_MAX_BYTES)
})

test('a worker is given the time that a paid submission may take', () => {
  const pod = find('Deployment', 'reelay-worker').spec.template.spec
  const submitMs = workerEnvironment.shape.SORA_SUBMIT_TIMEOUT_MS.parse(undefined)
  expect(pod.terminationGracePeriodSeconds * 1000).toBeGreaterThanOrEqual(submitMs + 5000 + 5000)
})

test('an api is given the time to be forgotten and to close', () => {
  const pod = find('Deployment', 'reelay-api').spec.template.spec
  const preStopMs = pod.containers[0].lifecycle.preStop.sleep.seconds * 1000
  expect(preStopMs).toBeGreaterThan(0)
  expect(pod.terminationGracePeriodSeconds * 1000).toBeGreaterThanOrEqual(preStopMs + 15_000 + 5000)
})

test.each([
  ['reelay-api', [53, 443, 5432, 6379]],
  ['reelay-worker', [53, 443, 5432, 6379]],
  ['reelay-migrate', [53, 5432]],
])('%s reaches its stores and upstream only', (name, ports) => {
  const { policyTypes, egress } = find('NetworkPolicy', name).spec
  expect(policyTypes).toEqual(['Ingress', 'Egress'])
  const reached = egress.flatMap((rule: { ports: { port: number }[] }) => rule.ports.map(({ port }) => port))
  expect([...new Set(reached)].toSorted((a, b) => Number(a) - Number(b))).toEqual(ports)
  for (const { to } of egress) {
    expect(to).toHaveLength(1)
    // Upstream is somewhere outside, and never a neighbour or the host's own address.
    if (to[0].ipBlock) expect(to[0].ipBlock.except).toContain('169.254.0.0/16')
  }
})

/** The schemas let fields pass that they don't name: those are told by nobody having looked at them. */
function problemsOf(manifest: Manifest): string[] {
  const { apiVersion, kind } = manifest
  const KnownModel = models[`${apiVersion} ${kind}`]
  if (!KnownModel) return [`${apiVersion} ${kind} is not known`]
  const { object, unread } = watched(manifest)
  const told: string[] = []
  try {
    KnownModel.prototype.validate.call(object)
  } catch (error) {
    told.push((error as Error).message)
  }
  return [...unread().map((path) => `${path} is not known`), ...told]
}
