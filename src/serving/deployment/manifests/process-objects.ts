// The objects of one process, a tier or the door, as k8s/base has them: written by hand there, made here.
import { environmentOf, grpcPort, httpPort, type ContainedProcess } from './contained-process.ts'
import {
  labelsOf,
  selectorOf,
  type ClusterOptions,
  type KubernetesObject,
} from './kubernetes-object.ts'
import { podTemplate } from './pod-template.ts'

/** In the order in which they are made. */
export function processObjects(
  process: ContainedProcess,
  options: ClusterOptions,
): readonly KubernetesObject[] {
  const { objectName: name, kind, replicas } = process
  const labels = labelsOf(name, kind)
  const metadata = { name, namespace: options.namespace, labels }
  const selector = { matchLabels: selectorOf(name) }
  const data = environmentOf(process)
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata, automountServiceAccountToken: false },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data },
    { apiVersion: 'v1', kind: 'Service', metadata, spec: serviceSpec(process) },
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata,
      spec: policySpec(process),
    },
    ...(replicas > 1
      ? [
          {
            apiVersion: 'policy/v1',
            kind: 'PodDisruptionBudget',
            metadata,
            // Rounded up: one of two.
            spec: { maxUnavailable: '25%', unhealthyPodEvictionPolicy: 'AlwaysAllow', selector },
          },
        ]
      : []),
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        replicas,
        revisionHistoryLimit: 5,
        // New replicas are ready before old ones go.
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: '25%' } },
        minReadySeconds: 5,
        selector,
        template: podTemplate(process, labels, data, options),
      },
    },
  ]
}

/** Of the door an address to ask; of a tier, which is asked by Kafka, its Pods' health and metrics. */
function serviceSpec({ objectName, doorPorts, hasGrpc, isSecure }: ContainedProcess) {
  const grpc = {
    name: 'grpc',
    port: doorPorts?.grpc ?? grpcPort,
    targetPort: 'grpc',
    ...(isSecure ? {} : { appProtocol: 'kubernetes.io/h2c' }),
  }
  const ports = [
    { name: 'http', port: doorPorts?.http ?? httpPort, targetPort: 'http' },
    ...(hasGrpc ? [grpc] : []),
  ]
  return {
    // Metrics of a tier that is not ready say why.
    ...(doorPorts === undefined ? { clusterIP: 'None', publishNotReadyAddresses: true } : {}),
    selector: selectorOf(objectName),
    ports,
  }
}

/** Who may come in. Brokers may be anywhere and lead on to other ports, so nothing is said of what goes out. */
function policySpec({ objectName, kind, saysWhoAsks, hasGrpc }: ContainedProcess) {
  const http = { protocol: 'TCP', port: 'http' }
  const monitoring = {
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } },
  }
  return {
    podSelector: { matchLabels: selectorOf(objectName) },
    policyTypes: ['Ingress'],
    ingress:
      kind === 'door' || saysWhoAsks
        ? [{ ports: [http, ...(hasGrpc ? [{ protocol: 'TCP', port: 'grpc' }] : [])] }]
        : [{ from: [monitoring], ports: [http] }],
  }
}
