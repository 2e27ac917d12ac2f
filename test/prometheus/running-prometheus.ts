// A Prometheus of a test's own, with ddnn's rules, over processes of this machine.
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { tempFolder, watch } from '../helpers/cli.ts'
import { freePort } from '../helpers/free-port.ts'
import { repoPath } from '../helpers/paths.ts'
import { until } from '../helpers/until.ts'

interface Sample {
  readonly metric: Readonly<Record<string, string>>
  readonly value: readonly [number, string]
}

export interface Rule {
  readonly name: string
  readonly health: string
  readonly state: 'inactive' | 'pending' | 'firing'
}

export interface RunningPrometheus {
  /** Rejects with the reason for a query that it does not understand. */
  query(expr: string): Promise<readonly Sample[]>
  /** Of the first sample; undefined of none. */
  value(expr: string): Promise<number | undefined>
  rules(): Promise<readonly Rule[]>
  stop(): Promise<void>
}

/** Scrapes these ports of the loopback once a second, as the job `ddnn`. */
export async function startPrometheus(
  program: string,
  ports: readonly string[],
): Promise<RunningPrometheus> {
  const folder = tempFolder()
  const config = join(folder, 'prometheus.yml')
  const targets = ports.map((port) => `127.0.0.1:${port}`)
  writeFileSync(
    config,
    stringify({
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: [repoPath('monitoring', 'alerts.yaml')],
      scrape_configs: [{ job_name: 'ddnn', static_configs: [{ targets }] }],
    }),
  )
  const port = await freePort()
  const child = spawn(
    program,
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const running = watch(child)
  const get = async (path: string): Promise<unknown> => {
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/${path}`)
    const { status, data, error } = (await response.json()) as {
      readonly status: string
      readonly data: unknown
      readonly error?: string
    }
    if (status !== 'success') throw new Error(`${path}: ${error}`)
    return data
  }
  await until('Prometheus', async () => {
    const response = await fetch(`http://127.0.0.1:${port}/-/ready`).catch(() => undefined)
    return response?.ok === true
  })
  const query = async (expr: string) => {
    const data = (await get(`query?query=${encodeURIComponent(expr)}`)) as {
      readonly result: readonly Sample[]
    }
    return data.result
  }
  return {
    query,
    value: async (expr) => {
      const [sample] = await query(expr)
      return sample === undefined ? undefined : Number(sample.value[1])
    },
    rules: async () => {
      const { groups } = (await get('rules')) as {
        readonly groups: readonly { readonly rules: readonly Rule[] }[]
      }
      return groups.flatMap(({ rules }) => rules)
    },
    stop: async () => void (await running.stop('SIGTERM')),
  }
}
