// The one table of commands: what each is for, how it is called, and what runs it. execute.ts, the help and the docs know
// of commands by it alone. Each is imported only when asked for: a tier never loads what trains.
import type { Subscribe } from '../domain/subscribe.ts'
import type { CommandResult } from './command-result.ts'
import type { CommandName } from './flag.ts'
import type { FlagNameOf } from './flag-types.ts'
import type { CommandLine } from './parse.ts'

/** Runs a command until its end, or its signal. */
type RunCommand<C extends CommandName> = (
  line: CommandLine<C>,
  signal: AbortSignal,
  /** SIGHUP, by which a process with models reads them anew. */
  onHangup: Subscribe,
) => Promise<CommandResult> | CommandResult

interface Example {
  /** As it is typed. */
  readonly line: string
  /** What it does, in a few words. */
  readonly does: string
}

interface Command<C extends CommandName> {
  /** One line, for the list of commands. */
  readonly summary: string
  /** The flags that matter first, at most ten; the others are behind --help-all. */
  readonly first: readonly FlagNameOf<C>[]
  readonly examples: readonly Example[]
  load(): Promise<RunCommand<C>>
}

export const commands: { readonly [C in CommandName]: Command<C> } = {
  run: {
    summary: 'Run a device (--input) or a tier (--models and a back link)',
    first: [
      'name',
      'models',
      'input',
      'labels',
      'producer-front',
      'producer-front-topic',
      'consumer-front-topic',
      'consumer-back-topic',
      'http-port',
      'threshold',
    ],
    examples: [
      {
        line: 'ddnn --name local -i photos -l labels.txt --models saved_models/model',
        does: 'a local run: images, one process, results.csv',
      },
      {
        line: 'ddnn --name edge --models saved_models/edge --consumer-back-topic from_device_to_edge --producer-back-topic from_edge_to_device',
        does: 'a tier: serves the previous one over Kafka',
      },
      {
        line: 'ddnn --name door --models saved_models/model --http-port 8080',
        does: 'a gateway: serves HTTP',
      },
    ],
    load: async () => (await import('./run.ts')).run,
  },
  demo: {
    summary: 'Device, edge, fog and cloud in one process, on the sample images',
    first: [
      'kafka',
      'input',
      'labels',
      'limit',
      'threshold',
      'saved-models',
      'output',
      'html',
      'engine',
      'csv',
    ],
    examples: [
      { line: 'ddnn demo', does: 'the sample images through edge, fog and cloud' },
      { line: 'ddnn demo --kafka', does: 'the same as processes over Kafka' },
    ],
    load: async () => (await import('./demo.ts')).demo,
  },
  classify: {
    summary: 'Say what is on photos, in folders, at addresses, in videos: classify photo.jpg',
    first: [
      'source',
      'top',
      'json',
      'html',
      'watch',
      'models',
      'url',
      'threshold',
      'fps',
      'engine',
    ],
    examples: [
      { line: 'ddnn classify photo.jpg', does: 'what is on it, by the shipped models' },
      { line: 'ddnn classify photos --html gallery.html', does: 'a folder, as a page' },
      {
        line: 'ddnn classify --url http://localhost:8080 photo.jpg',
        does: 'asks a running process',
      },
    ],
    load: async () => (await import('./classify.ts')).classify,
  },
  up: {
    summary: 'Start Kafka, all tiers and the door of ddnn.yaml on this machine, until Ctrl-C',
    first: ['file', 'brokers', 'log-level', 'log-format'],
    examples: [
      { line: 'ddnn up', does: 'ddnn.yaml of this folder, or the shipped models' },
      { line: 'ddnn up mine.yaml --brokers kafka:9092', does: 'over a Kafka that is there' },
    ],
    load: async () => (await import('./up.ts')).up,
  },
  init: {
    summary: 'Write a ddnn.yaml for up: the shipped models, or a family that was trained',
    first: ['file', 'family', 'force'],
    examples: [
      { line: 'ddnn init', does: 'a ddnn.yaml of the shipped models' },
      { line: 'ddnn init --family runs/2026-11-29-compact', does: 'of what ddnn train wrote' },
    ],
    load: async () => (await import('./init.ts')).init,
  },
  manifests: {
    summary: 'Write ddnn.yaml as objects of Kubernetes, or as a compose file',
    first: ['file', 'output', 'image', 'namespace', 'brokers', 'models-claim', 'compose'],
    examples: [
      {
        line: 'ddnn manifests -o k8s --brokers kafka.kafka:9092',
        does: 'objects of Kubernetes in a folder',
      },
      { line: 'ddnn manifests --compose', does: 'a compose file on stdout' },
    ],
    load: async () => (await import('./manifests.ts')).manifests,
  },
  train: {
    summary: 'Train an early-exit network and write its submodels',
    first: [
      'training_set',
      'output',
      'epochs',
      'network',
      'backbone',
      'orient',
      'learning-rate',
      'batch_size',
      'resume',
      'seed',
    ],
    examples: [
      {
        line: 'ddnn train photos',
        does: 'folders of images by label, from the shipped weights on',
      },
      { line: 'ddnn train photos --network compact --epochs 30', does: 'from scratch' },
      { line: 'ddnn train photos --resume', does: 'goes on with a run that was stopped' },
    ],
    load: async () => (await import('./train.ts')).train,
  },
  results: {
    summary: "Draw a training run's curves: SVG, PNG and one HTML page",
    first: ['history', 'output', 'formats', 'plot-module'],
    examples: [
      { line: 'ddnn results runs/2026-11-29-compact', does: 'curves of one run' },
      { line: 'ddnn results runs/a runs/b -o compared', does: 'of two, side by side' },
    ],
    load: async () => (await import('./results.ts')).results,
  },
  report: {
    summary: 'Compare runs side by side by their CSVs: accuracy, exits, latency, what changed',
    first: ['runs', 'output', 'input', 'labels', 'input_format', 'json', 'force'],
    examples: [
      { line: 'ddnn report results.csv', does: 'one run: exits, latency, hardest images' },
      {
        line: 'ddnn report before.csv after.csv -o compared',
        does: 'two, image by image, as a page',
      },
    ],
    load: async () => (await import('./report.ts')).report,
  },
  evaluate: {
    summary: 'Measure the exits of models, and their cascade, on labelled images',
    first: [
      'models',
      'input',
      'labels',
      'cifar10',
      'threshold',
      'criterion',
      'output',
      'formats',
      'json',
      'engine',
    ],
    examples: [
      {
        line: 'ddnn evaluate -i photos/test --models saved_models/edge saved_models/fog saved_models/cloud',
        does: 'every exit, and the cascade',
      },
    ],
    load: async () => (await import('./evaluate.ts')).evaluate,
  },
  calibrate: {
    summary: 'Fit temperatures and choose thresholds for a goal, on held-out images',
    first: [
      'models',
      'input',
      'labels',
      'max-accuracy-loss',
      'exit-rate',
      'latency-ms',
      'criterion',
      'dry-run',
      'output',
      'seed',
    ],
    examples: [
      {
        line: 'ddnn calibrate -i photos/held-out --models family/edge family/cloud',
        does: 'thresholds that lose at most half a point',
      },
      {
        line: 'ddnn calibrate -i photos/held-out --models family/edge family/cloud --exit-rate 0.6 --dry-run',
        does: '60 % leave early; writes nothing',
      },
    ],
    load: async () => (await import('./calibrate.ts')).calibrate,
  },
  export: {
    summary: 'Write models as ONNX files with their manifests, for Python, C++ and phones',
    first: ['models', 'output', 'layout', 'force'],
    examples: [
      {
        line: 'ddnn export --models saved_models/edge saved_models/cloud -o exported',
        does: 'exported/edge/model.onnx and so on',
      },
    ],
    load: async () => (await import('./export.ts')).exportCommand,
  },
  bench: {
    summary: 'Measure latency, rate and cost beside bare floors and peers: tables and one page',
    first: [
      'models',
      'input',
      'over',
      'scenario',
      'samples',
      'rounds',
      'engine',
      'output',
      'json',
      'link-profile',
    ],
    examples: [
      { line: 'ddnn bench -o bench', does: 'the shipped models in one process' },
      { line: 'ddnn bench --over kafka --scenario single-stream', does: 'each tier a process' },
    ],
    load: async () => (await import('./bench.ts')).bench,
  },
  plan: {
    summary:
      'Choose where submodels run, by which thresholds, codecs and replicas, for a latency goal',
    first: [
      'models',
      'input',
      'labels',
      'latency-goal',
      'max-accuracy-loss',
      'link-profile',
      'speed',
      'rate',
      'check',
      'apply',
    ],
    examples: [
      {
        line: "ddnn plan -i photos/held-out --models family/edge family/cloud --latency-goal 'p95<=150ms'",
        does: 'where submodels run, over the links of wan',
      },
    ],
    load: async () => (await import('./plan.ts')).plan,
  },
  download: {
    summary: 'Fetch a public data set: cifar10 or flowers',
    first: ['data-set', 'output', 'mirror', 'force', 'keep-archive', 'seed', 'test-share'],
    examples: [
      { line: 'ddnn download flowers', does: 'data/flower_photos, in train and test' },
      { line: 'ddnn download cifar10', does: 'where --cifar10 looks for it' },
    ],
    load: async () => (await import('./download.ts')).download,
  },
  health: {
    summary: 'Ask a running process whether it is live, started or ready',
    first: ['http-port', 'http-host', 'probe', 'timeout-ms'],
    examples: [{ line: 'ddnn health --http-port 8080', does: 'exit code 0 where it is ready' }],
    load: async () => (await import('./health.ts')).health,
  },
  doctor: {
    summary: 'Check what a run needs, from here, and say what to fix: doctor, then its flags',
    first: ['deployment', 'format', 'load-models', 'check-timeout-ms'],
    examples: [
      { line: 'ddnn doctor ddnn.yaml', does: 'every process of a deployment' },
      {
        line: 'ddnn doctor --name edge --models saved_models/edge ...',
        does: 'a run that does not work: its own flags behind doctor',
      },
    ],
    load: async () => (await import('./doctor.ts')).doctor,
  },
  replay: {
    summary: 'Show dead letters, TOPIC_dlq, and send them again',
    first: [
      'topic',
      'brokers',
      'resend',
      'limit',
      'since',
      'code',
      'to',
      'format',
      'force',
      'show',
    ],
    examples: [
      { line: 'ddnn replay to_edge_dlq', does: 'shows them' },
      {
        line: 'ddnn replay to_edge_dlq --since 2h --resend',
        does: 'sends those of the last two hours again',
      },
    ],
    load: async () => (await import('./replay.ts')).replay,
  },
}

/** In the order of the table. */
export const commandNames = Object.keys(commands) as readonly CommandName[]
