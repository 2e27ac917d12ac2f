// Looks at a cluster's Kafka from the test's own process, by the names that the brokers advertise.
import { connect } from 'node:net'
import kafkajs, { type Admin } from 'kafkajs'
import type { LocalCluster } from './cluster.ts'
import type { RunningPod } from './running-pod.ts'

/** Runs `look` with an admin client of the inside listener. */
export async function withAdminInside<T>(
  cluster: LocalCluster,
  look: (admin: Admin) => Promise<T>,
): Promise<T> {
  const admin = new kafkajs.Kafka({
    clientId: 'ddnn-test',
    brokers: ['kafka-0.kafka:9092'],
    logLevel: kafkajs.logLevel.NOTHING,
    socketFactory: ({ host, port, onConnect }) =>
      connect({ host: cluster.lookUp(host), port }, onConnect),
  }).admin()
  await admin.connect()
  try {
    return await look(admin)
  } finally {
    await admin.disconnect()
  }
}

/** Output of one of Kafka's own tools, run in a broker's container. @throws Error with it, where it fails */
export async function runTool(
  broker: RunningPod,
  tool: string,
  ...args: readonly string[]
): Promise<string> {
  const command = [`/opt/kafka/bin/${tool}.sh`, '--bootstrap-server', 'kafka:9092', ...args]
  // The broker's own heap and log are not the tool's.
  const plain = ['env', '-u', 'KAFKA_HEAP_OPTS', '-u', 'KAFKA_GC_LOG_OPTS']
  const { code, stdout, stderr } = await broker.running.exec([...plain, ...command])
  if (code !== 0) throw new Error(`${tool} ended with ${code}: ${stdout}${stderr}`)
  return stdout
}
