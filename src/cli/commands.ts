// The one table of commands: what each is for, how it is called, and what runs it. main.ts, the help and the docs know
// of commands by it alone. Each is imported only when asked for: a tier never loads what trains.
import type { Subscribe } from '../domain/subscribe.ts'
import type { CommandResult } from './command-result.ts'
import type { CommandName } from './flag.ts'
import type { CommandLine } from './parse.ts'

/** Runs a command until its end, or its signal. */
export type RunCommand<C extends CommandName> = (
  line: CommandLine<C>,
  signal: AbortSignal,
  /** SIGHUP, by which a process with models reads them anew. */
  onHangup: Subscribe,
) => Promise<CommandResult> | CommandResult

export interface Command<C extends CommandName> {
  /** One line, for the list of commands. */
  readonly summary: string
  load(): Promise<RunCommand<C>>
}

export const commands: { readonly [C in CommandName]: Command<C> } = {
  run: {
    summary: 'Run a device (--input) or a tier (--models and a back link)',
    load: async () => (await import('./run.ts')).run,
  },
  demo: {
    summary: 'Device, edge, fog and cloud in one process, on the sample images',
    load: async () => (await import('./demo.ts')).demo,
  },
  classify: {
    summary: 'Say what is on photos, in folders, at addresses, in videos: classify photo.jpg',
    load: async () => (await import('./classify.ts')).classify,
  },
  up: {
    summary: 'Start Kafka, all tiers and the door of ddnn.yaml on this machine, until Ctrl-C',
    load: async () => (await import('./up.ts')).up,
  },
  init: {
    summary: 'Write a ddnn.yaml for up: the shipped models, or a family that was trained',
    load: async () => (await import('./init.ts')).init,
  },
  manifests: {
    summary: 'Write ddnn.yaml as objects of Kubernetes, or as a compose file',
    load: async () => (await import('./manifests.ts')).manifests,
  },
  train: {
    summary: 'Train an early-exit network and write its submodels',
    load: async () => (await import('./train.ts')).train,
  },
  results: {
    summary: "Draw a training run's curves: SVG, PNG and one HTML page",
    load: async () => (await import('./results.ts')).results,
  },
  evaluate: {
    summary: 'Measure the exits of models, and their cascade, on labelled images',
    load: async () => (await import('./evaluate.ts')).evaluate,
  },
  calibrate: {
    summary: 'Fit temperatures and choose thresholds for a goal, on held-out images',
    load: async () => (await import('./calibrate.ts')).calibrate,
  },
  export: {
    summary: 'Write models as ONNX files with their manifests, for Python, C++ and phones',
    load: async () => (await import('./export.ts')).exportCommand,
  },
  bench: {
    summary: 'Measure latency, rate and cost beside bare floors and peers: tables and one page',
    load: async () => (await import('./bench.ts')).bench,
  },
  plan: {
    summary:
      'Choose where submodels run, by which thresholds, codecs and replicas, for a latency goal',
    load: async () => (await import('./plan.ts')).plan,
  },
  download: {
    summary: 'Fetch a public data set: cifar10 or flowers',
    load: async () => (await import('./download.ts')).download,
  },
  health: {
    summary: 'Ask a running process whether it is live, started or ready',
    load: async () => (await import('./health.ts')).health,
  },
  doctor: {
    summary: 'Check what a run needs, from here, and say what to fix: doctor, then its flags',
    load: async () => (await import('./doctor.ts')).doctor,
  },
  replay: {
    summary: 'Show dead letters, TOPIC_dlq, and send them again',
    load: async () => (await import('./replay.ts')).replay,
  },
}

/** In the order of the table. */
export const commandNames = Object.keys(commands) as readonly CommandName[]
