// The brokers of a chaos run, each with a second listener behind a TCP proxy.
import { startBroker } from '../../scripts/kafka-broker.mjs'
import { startProxy } from './tcp-proxy.mjs'

/** Brokers answer one by one under load; a fault's end is told by them, not by a clock. */
export async function startCluster({ brokers = 3, say = () => {} } = {}) {
  const proxies = await Promise.all(Array.from({ length: brokers }, () => startProxy()))
  const kafka = await startBroker({
    brokers,
    heapMb: 320,
    say,
    listeners: {
      VIA: { protocol: 'PLAINTEXT', advertised: (i) => `127.0.0.1:${proxies[i].port}` },
    },
  })
  for (const [i, address] of kafka.listeners.VIA.split(',').entries()) {
    const [host, port] = address.split(':')
    proxies[i].target = { host, port: Number(port) }
  }
  return {
    kafka,
    proxies,
    count: brokers,
    direct: kafka.bootstrap,
    /** The brokers as those see them whose links go through the proxies. */
    via: proxies.map(({ port }) => `127.0.0.1:${port}`).join(','),
    /** Runs a fault on all proxies. */
    onProxies: (act) => proxies.forEach(act),
    /** Whatever a case left behind: links whole, brokers up. */
    async mend() {
      for (const proxy of proxies) proxy.restore()
      for (const broker of kafka.brokers) if (!broker.isRunning) await broker.start()
      await kafka.ready()
    },
    async stop() {
      await kafka.kill()
      await kafka.stop()
      await Promise.all(proxies.map((proxy) => proxy.close()))
    },
  }
}
