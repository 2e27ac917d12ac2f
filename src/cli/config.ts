// What a device or tier is told to be: plain, frozen, complete. Only compose.ts sees the whole.
import type { ConfidenceName } from '../domain/confidence.ts'
import type { FeatureCodec } from '../domain/feature-codec.ts'
import type { Orientation } from '../domain/orientation.ts'
import type { EngineName, EngineOptions } from '../serving/engine/engine.ts'
import type { TracingConfig } from '../telemetry/tracing/load-tracing.ts'
import type { LogFormat, LogLevel } from '../telemetry/log.ts'
import type { ImageCodec, WireForm } from '../serving/wire/wire.ts'

export interface TlsConfig {
  readonly caFile: string | undefined
  readonly certFile: string | undefined
  readonly keyFile: string | undefined
  readonly passphrase: string | undefined
  readonly servername: string | undefined
  readonly isVerified: boolean
}

export interface SaslConfig {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
  readonly username: string
  readonly password: string
}

/** One side of a tier: where requests and replies of this link travel. */
export interface LinkConfig {
  readonly side: 'back' | 'front'
  /** host:port, at least one. The two ends may be different clusters. */
  readonly requestBrokers: readonly string[]
  readonly replyBrokers: readonly string[]
  readonly requestTopic: string
  readonly replyTopic: string
  readonly tls: TlsConfig | undefined
  readonly sasl: SaslConfig | undefined
}

export interface ExitConfig {
  /** For all exits; undefined leaves it to each manifest, then to softmax. */
  readonly confidence: ConfidenceName | undefined
  /** For all exits; undefined leaves it to each manifest, then to 0.8. */
  readonly threshold: number | undefined
  /** Along the path of the manifests, 0 to 1; undefined takes the exits' own thresholds. */
  readonly position?: number | undefined
}

export interface EngineConfig extends EngineOptions {
  readonly choice: EngineName | 'auto'
}

export interface InputConfig {
  readonly kind: 'folder' | 'cifar10'
  readonly folder: string
  /** File extension, without a dot. */
  readonly format: string
  /** Undefined takes the model's, here or in front; of cifar10 its own. */
  readonly labelsFile: string | undefined
  /** Undefined takes the model's, else 180. */
  readonly height: number | undefined
  readonly width: number | undefined
  readonly limit: number | undefined
  /** Of an image that is decoded; undefined takes the decoder's own limit. */
  readonly maxImagePixels: number | undefined
  /** Of photos that are stored turned; undefined takes the model's, here or in front. */
  readonly orientation?: Orientation | undefined
  readonly preprocessModule: string | undefined
  readonly send: 'uint8' | 'float32' | ImageCodec | undefined
  /** 1 to 100; undefined sends a JPEG as its file is, and makes others of the format's usual quality. */
  readonly sendQuality: number | undefined
  /** Images a second at most; undefined takes as many as are answered. */
  readonly perSecond?: number | undefined
  /** Whether the images go round until the process is told to end. */
  readonly isRepeated?: boolean | undefined
}

export interface OutputConfig {
  /** Undefined writes no CSV. */
  readonly csvFile: string | undefined
  readonly csvForm: 'full' | 'original'
  /** Whether a device goes on with the rows that are in the CSV. */
  readonly resume: boolean
  readonly htmlFile: string | undefined
  /** Whether files that ddnn did not make are written over. */
  readonly isForced?: boolean
  readonly reportModule: string | undefined
  /** Whether stdout takes the run's summary as JSON in place of text. */
  readonly isJson?: boolean
}

interface TopicConfig {
  readonly partitions: number
  readonly create: boolean
  /** Where they are not made: whether missing ones are waited for at start. */
  readonly isAwaited: boolean
}

/** Who may ask over HTTP and gRPC, and how much of it. */
export interface DoorConfig {
  /** Beside the HTTP door, which is where health is. */
  readonly grpc: { readonly port: number; readonly host: string } | undefined
  /** What the models are called in paths: /v2/models/NAME. */
  readonly modelName: string
  /** Bearer tokens, one a line; nobody needs one where undefined. */
  readonly tokenFile: string | undefined
  /** PEM files; plain text where undefined. */
  readonly tls: { readonly certFile: string; readonly keyFile: string } | undefined
  /** Whether who is not on this machine may ask without a token. */
  readonly isOpen: boolean
  readonly maxBodyBytes: number
  /** Images under way at once; what comes beyond them is told to come again. */
  readonly maxInFlight: number
}

/** The live page, on the port of HTTP. */
export interface PageConfig {
  /** Names by which it may be called from elsewhere; empty keeps it to this machine, `*` is any. */
  readonly hosts: readonly string[]
  /** Those of a file, or one of this process alone; nobody may turn thresholds where undefined. */
  readonly tokens: { readonly file: string } | { readonly token: string } | undefined
}

export interface CommonConfig {
  readonly name: string
  /** What the user gave without effect, for the log. */
  readonly warnings: readonly string[]
  readonly logLevel: LogLevel
  readonly logFormat: LogFormat
  readonly http:
    | {
        readonly port: number
        readonly host: string
        /** Metrics by other systems' names too. */
        readonly hasAliases: boolean
        /** Undefined where it is switched off. */
        readonly page: PageConfig | undefined
      }
    | undefined
  readonly tracing: TracingConfig
  /** Where neither port is opened, undefined. */
  readonly door: DoorConfig | undefined
  /** How long brokers may not answer at start, milliseconds; 0 waits without end. */
  readonly startTimeoutMs: number
  readonly shutdownTimeoutMs: number
  readonly models: readonly string[]
  readonly engine: EngineConfig
  readonly exits: ExitConfig
  readonly front: LinkConfig | undefined
  readonly wireFront: WireForm
  /** How features travel to the front; undefined leaves it to the manifest, then to float32. */
  readonly featureCodec: FeatureCodec | undefined
  readonly ordinal: number | undefined
  readonly topics: TopicConfig
  readonly timeoutMs: number
  readonly replyReserveMs: number
  /** Between looks at the model folders, milliseconds; 0 for none. */
  readonly reloadIntervalMs: number
  readonly maxInFlight: number
  readonly output: OutputConfig
}

/** Input and no models: asks the front. Input and models: answers itself, and may ask the front. */
export interface DeviceConfig extends CommonConfig {
  readonly role: 'device' | 'local'
  readonly input: InputConfig
}

export interface TierConfig extends CommonConfig {
  readonly role: 'tier'
  readonly back: LinkConfig
  readonly groupId: string
  /** What is done is committed so often at most, milliseconds. */
  readonly commitIntervalMs: number
  /** Of an image that is decoded; undefined takes one that fits the model. */
  readonly maxImagePixels: number | undefined
  /** Of image files that are stored turned; undefined takes the model's. */
  readonly orientation?: Orientation | undefined
}

/** No input and no back link: answers who asks over HTTP or gRPC, by its models, its front link or both. */
export interface GatewayConfig extends CommonConfig {
  readonly role: 'gateway'
  /** Of an image that is decoded; undefined takes the decoder's own limit. */
  readonly maxImagePixels: number | undefined
  /** Of image files that are stored turned; undefined takes the model's. */
  readonly orientation?: Orientation | undefined
}

export type Config = DeviceConfig | TierConfig | GatewayConfig
