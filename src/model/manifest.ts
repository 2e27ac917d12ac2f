// ddnn.json: what a model folder says of itself. Two kinds: a submodel's own manifest, and a list of
// stages (`{ "format": 1, "stages": ["../edge", "../fog", "../cloud"] }`), whose weights live elsewhere.
import { createHash } from 'node:crypto'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { confidenceNames } from '../domain/confidence.ts'
import { featureCodecs } from '../domain/feature-codec.ts'
import { lossKinds } from '../domain/lab-words.ts'
import { orientations } from '../domain/orientation.ts'
import { mostPathPoints } from '../domain/threshold-path.ts'
import { makeFolder } from '../files/make-folder.ts'
import { damagedManifest, describeIssue, manifestJson } from './manifest-text.ts'

export const manifestFile = 'ddnn.json'

const shape = z.array(z.int().positive()).min(1).max(8)

/** Red, green, blue. */
const channels = z.tuple([z.number(), z.number(), z.number()])

const learned = z.strictObject({
  bias: z.number(),
  odds: z.number(),
  margin: z.number(),
  entropy: z.number(),
  energy: z.number(),
  /** Of each predicted class, in the order of the labels. */
  classes: z.array(z.number()).readonly().optional(),
})

const memory = z.strictObject({
  /** Of each exit of the family up to this one, its own last. */
  weights: z.array(z.number().nonnegative()).min(1).readonly(),
  /** Of each class, in the order of the labels. */
  bias: z.array(z.number()).min(1).readonly(),
  /** Of the mean that comes of both. */
  temperature: z.number().positive().default(1),
})

const exit = z.strictObject({
  /** Place among all exits of the family, from 0. */
  index: z.int().nonnegative(),
  gives: z.enum(['logits', 'probabilities']),
  temperature: z.number().positive().default(1),
  /** Least confidence that leaves here; absent on the last exit. */
  threshold: z.number().optional(),
  /** What the threshold is compared with; softmax where it is absent. */
  criterion: z.enum(confidenceNames).optional(),
  /** Of the criterion `learned`, which cannot do without (domain/learned.ts). */
  learned: learned.optional(),
  /** How it goes by the exits before it (domain/exit-memory.ts); by its own values alone where it is absent. */
  memory: memory.optional(),
  /** Whether an exit behind it goes by what it says, which then travels with features. */
  remembered: z.boolean().optional(),
  /** Measured on data kept apart from training, 0 to 1. */
  accuracy: z.number().min(0).max(1).optional(),
  /** Of the samples that reached it when it was calibrated: share that left, and mean confidence. */
  expected: z.strictObject({ rate: z.number().min(0).max(1), confidence: z.number() }).optional(),
})

const share = z.number().min(0).max(1)

/** Of those that left, a share that is wrong where the last exit is right: at most this. */
const exitRisk = z.strictObject({ index: z.int().nonnegative(), leftBy: share, leftAt: share })

/** Settings of all thresholds from the safest to the cheapest (domain/threshold-path.ts). */
const path = z.strictObject({
  chosen: z.int().nonnegative(),
  points: z
    .array(
      z.strictObject({
        thresholds: z.array(z.number().nullable()).min(1),
        accuracy: share,
        loss: z.number(),
        bound: share.optional(),
        leave: z.array(share).min(2),
        cost: z.number().nonnegative(),
      }),
    )
    .min(1)
    .max(mostPathPoints),
})

/** What `ddnn calibrate` did to the exits; absent after training. The same in all folders of a family. */
const calibration = z.strictObject({
  /** Hash over temperature, criterion and threshold of all exits: tells two calibrations apart. */
  version: z.string().min(1),
  /** When, ISO 8601. */
  date: z.string().min(1),
  /** In words: 'accuracy loss at most 0.5 points at confidence 0.95'. */
  goal: z.string().min(1),
  /**
   * sha256 over the names and contents of the samples, and of each set where one chose and another tested; how many chose,
   * and how many tested.
   */
  data: z.strictObject({
    hash: z.string().min(1),
    sets: z.array(z.string().min(1)).optional(),
    chosenOn: z.int().nonnegative(),
    testedOn: z.int().nonnegative(),
  }),
  /**
   * Upper bound, 0 to 1, of the share of samples that the cascade gets wrong where the last exit is right, or of that less
   * the share right where the last exit is wrong (`of`), at this confidence; absent where no samples were left to test on.
   */
  risk: z
    .strictObject({
      bound: z.number().min(0).max(1),
      confidence: z.number().min(0).max(1),
      observed: z.number().min(-1).max(1),
      /** How it was proved: with samples that chose nothing, the limit that they accepted, or by folds. */
      by: z.enum(['clopper-pearson', 'fixed-sequence', 'cross-fitting']).optional(),
      /** What the bound is of; the harmed where it is absent. */
      of: z.enum(lossKinds).optional(),
      /** How many, of cross-fitting. */
      folds: z.int().min(2).optional(),
      /** Bounds of those that left early, all at once; absent where these samples chose the setting. */
      exits: z.array(exitRisk).optional(),
    })
    .optional(),
  path: path.optional(),
})

const submodelManifest = z.strictObject({
  format: z.literal(1),
  /** Hash over the structure, labels and training of all submodels trained together. */
  family: z.string().min(1),
  version: z.string().min(1),
  name: z.string().min(1),
  place: z.strictObject({ index: z.int().nonnegative(), count: z.int().positive() }),
  /** Without the batch axis. */
  input: shape,
  /** null for the last submodel, which gives exits only. */
  features: shape.nullable(),
  /** How they travel to the next tier, as calibration chose; float32 where it is absent. */
  featureCodec: z.enum(featureCodecs).optional(),
  /** Names of the outputs, features first: for models from elsewhere whose files do not tell the order. */
  outputs: z.array(z.string().min(1)).min(1).optional(),
  exits: z.array(exit).min(1),
  /** Of one sample, convolutions and dense layers; absent in models from elsewhere. */
  multiplyAdds: z.int().nonnegative().optional(),
  labels: z.array(z.string().min(1)).min(2),
  preprocessing: z.strictObject({
    height: z.int().positive(),
    width: z.int().positive(),
    scale: z.number().positive(),
    /** Of each channel, of values that are scaled already: what the network takes is (value - mean) / std. */
    mean: channels.optional(),
    std: channels.refine((values) => values.every((value) => value > 0)).optional(),
    /** Of photos that are stored turned; absent in models of before 2026-12, which are served upright. */
    orientation: z.enum(orientations).optional(),
  }),
  /** sha256 over the names and contents of the training samples, and how many there were. */
  trainingData: z.strictObject({ hash: z.string().min(1), samples: z.int().positive() }).optional(),
  calibration: calibration.optional(),
})

/**
 * What a folder says of itself: training writes all, a model from elsewhere has as much as is known, down to
 * a single field, or one of an exit or of the preprocessing.
 */
const folderManifest = submodelManifest
  .extend({
    exits: z.array(exit.partial()).min(1),
    preprocessing: submodelManifest.shape.preprocessing.partial(),
    /** Where images of the model have their channels, where its shape does not tell. */
    layout: z.enum(['nhwc', 'nchw']),
  })
  .partial()
  .extend({ format: z.literal(1).default(1) })

const stagesManifest = z.strictObject({
  format: z.literal(1).default(1),
  /** Folders relative to this one, run one after the other. */
  stages: z.array(z.string().min(1)).min(1),
})

export type CalibrationRecord = z.infer<typeof calibration>
export type SubmodelManifest = z.infer<typeof submodelManifest>
export type FolderManifest = z.infer<typeof folderManifest>
export type StagesManifest = z.infer<typeof stagesManifest>

/**
 * Parses and checks the text of a manifest that has every field, as training writes it.
 * @throws DDNN_MODEL_DAMAGED, naming the file and every field that is wrong.
 */
export function parseManifest(text: string, file: string): SubmodelManifest | StagesManifest {
  return parse(text, file, submodelManifest)
}

/**
 * Parses and checks the text of a manifest that may leave out what it does not know.
 * @throws DDNN_MODEL_DAMAGED, naming the file and every field that is wrong.
 */
export function parseFolderManifest(text: string, file: string): FolderManifest | StagesManifest {
  return parse(text, file, folderManifest)
}

function parse<T>(text: string, file: string, schema: z.ZodType<T>): T | StagesManifest {
  const json = manifestJson(text, file)
  const hasStages = typeof json === 'object' && json !== null && 'stages' in json
  const parsed = hasStages ? stagesManifest.safeParse(json) : schema.safeParse(json)
  if (parsed.success) return parsed.data
  throw damagedManifest(
    `Expected a model manifest in '${file}': ${parsed.error.issues.map((issue) => describeIssue(issue, fieldNames)).join('; ')}`,
    'Train the model again, or mend the fields that are named; docs/models.md lists them',
  )
}

const fieldNames = [
  folderManifest,
  exit,
  learned,
  memory,
  submodelManifest.shape.preprocessing,
  stagesManifest,
].flatMap(({ shape: fields }) => Object.keys(fields))

export function isStagesManifest(
  manifest: SubmodelManifest | FolderManifest | StagesManifest,
): manifest is StagesManifest {
  return 'stages' in manifest
}

/**
 * Name of a family of submodels: the same for the same manifests and weights, whatever the order of
 * their fields. `weightsHash` tells two trainings apart whose manifests happen to be equal.
 */
export function familyOf(
  manifests: readonly Omit<SubmodelManifest, 'family'>[],
  weightsHash = '',
): string {
  const text = JSON.stringify([manifests, weightsHash], (_key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  )
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

/**
 * Writes a folder's ddnn.json, the folder too where it is not there yet.
 * @throws DDNN_MODEL_DAMAGED when the manifest would not be read again.
 */
export async function writeManifest(
  folder: string,
  manifest: SubmodelManifest | StagesManifest,
): Promise<void> {
  const file = join(folder, manifestFile)
  const text = JSON.stringify(manifest, null, 2) + '\n'
  parseManifest(text, file)
  await makeFolder(folder)
  // Renamed into place, so that a reader never sees half of it.
  await writeFile(`${file}.part`, text)
  await rename(`${file}.part`, file)
}
