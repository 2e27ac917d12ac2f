// The Pod of a tier or the door: one container without rights, its environment, probes, limits and volumes.
import { createHash } from 'node:crypto'
import {
  accessFolder,
  accessOf,
  coreLimit,
  grpcPort,
  httpPort,
  modelsOf,
  type ContainedProcess,
} from './contained-process.ts'
import { selectorOf, type ClusterOptions } from './kubernetes-object.ts'
import { modelsMount } from './model-places.ts'

/** Beyond the time that requests get to finish, seconds. */
const graceSeconds = 15
/** The image's user, who owns nothing. */
const user = 1000

export function podTemplate(
  process: ContainedProcess,
  labels: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string>>,
  options: ClusterOptions,
) {
  const { objectName, shutdownTimeoutMs } = process
  const spread = ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'].map((topologyKey) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchLabels: selectorOf(objectName) },
  }))
  return {
    // Other values roll out.
    metadata: { labels, annotations: { 'ddnn/config-sum': sumOf(environment) } },
    spec: {
      serviceAccountName: objectName,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: Math.ceil(shutdownTimeoutMs / 1000) + graceSeconds,
      securityContext: {
        runAsNonRoot: true,
        ...{ runAsUser: user, runAsGroup: user, fsGroup: user },
        seccompProfile: { type: 'RuntimeDefault' },
      },
      topologySpreadConstraints: spread,
      containers: [containerOf(process, options)],
      volumes: volumesOf(process, options),
    },
  }
}

/** The Secret with the files and passwords of a process. */
export function accessName({ objectName }: ContainedProcess): string {
  return `${objectName}-access`
}

function containerOf(process: ContainedProcess, { image, modelsClaim }: ClusterOptions) {
  const { objectName, hasGrpc } = process
  const secrets = accessOf(process).filter(({ kind }) => kind === 'secret')
  const env = secrets.map(({ variable, flag }) => ({
    name: variable,
    valueFrom: { secretKeyRef: { name: accessName(process), key: flag } },
  }))
  const access = { name: 'access', mountPath: accessFolder, readOnly: true }
  const models = { name: 'models', mountPath: modelsMount, readOnly: true }
  return {
    name: objectName,
    image,
    imagePullPolicy: 'IfNotPresent',
    ports: [
      { name: 'http', containerPort: httpPort },
      ...(hasGrpc ? [{ name: 'grpc', containerPort: grpcPort }] : []),
    ],
    envFrom: [{ configMapRef: { name: objectName } }],
    ...(env.length === 0 ? {} : { env }),
    ...probesOf(process),
    resources: resourcesOf(process),
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: [
      { name: 'tmp', mountPath: '/tmp' },
      ...(filesOf(process).length === 0 ? [] : [access]),
      ...(isOnVolume(process, modelsClaim) ? [models] : []),
    ],
  }
}

/** Startup: models are warm. Ready: Kafka too; it may come later. Live: the event loop turns, and nothing else. */
function probesOf({ isSecure }: ContainedProcess) {
  const scheme = isSecure ? { scheme: 'HTTPS' } : {}
  const probe = (
    path: string,
    times: readonly [period: number, timeout: number, count: number],
  ) => ({
    httpGet: { path, port: 'http', ...scheme },
    periodSeconds: times[0],
    timeoutSeconds: times[1],
    failureThreshold: times[2],
  })
  return {
    startupProbe: probe('/startupz', [2, 3, 90]),
    readinessProbe: probe('/v2/health/ready', [5, 3, 3]),
    livenessProbe: probe('/v2/health/live', [10, 5, 3]),
  }
}

function resourcesOf(process: ContainedProcess) {
  const { isSmall } = process
  return {
    requests: { cpu: isSmall ? '250m' : '500m', memory: '384Mi' },
    limits: { cpu: String(coreLimit(process)), memory: isSmall ? '768Mi' : '1Gi' },
  }
}

function volumesOf(process: ContainedProcess, { modelsClaim }: ClusterOptions) {
  const files = filesOf(process)
  const items = files.map(({ flag }) => ({ key: flag, path: flag }))
  const secret = { secretName: accessName(process), defaultMode: 0o440, items }
  const claim = { claimName: modelsClaim, readOnly: true }
  return [
    { name: 'tmp', emptyDir: { sizeLimit: '16Mi' } },
    ...(files.length === 0 ? [] : [{ name: 'access', secret }]),
    ...(isOnVolume(process, modelsClaim) ? [{ name: 'models', persistentVolumeClaim: claim }] : []),
  ]
}

function filesOf(process: ContainedProcess) {
  return accessOf(process).filter(({ kind }) => kind === 'file')
}

function isOnVolume(process: ContainedProcess, modelsClaim: string | undefined): boolean {
  const isThere = modelsOf(process).some((path) => path.startsWith(`${modelsMount}/`))
  return modelsClaim !== undefined && isThere
}

function sumOf(environment: Readonly<Record<string, string>>): string {
  return createHash('sha256').update(JSON.stringify(environment)).digest('hex').slice(0, 16)
}
