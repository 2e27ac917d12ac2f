// A plan as processes of this machine: copies of its models with the plan's thresholds and codecs in their manifests.
import { cp, mkdtemp } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { SendForm } from '../../../serving/device/read-as.ts'
import { ConfigError } from '../../../errors.ts'
import { writeCalibration } from '../../../model/calibrated-manifests.ts'
import type { CalibrationRecord } from '../../../model/manifest.ts'
import { calibratedFoldersOf, planRecord, type RecordFacts } from '../../plan/apply.ts'
import type { Candidate, PlanFacts } from '../../plan/plan.ts'
import type { BenchTier } from '../contestants/ddnn-kafka.ts'

export interface LivePlan {
  readonly tiers: readonly BenchTier[]
  readonly send: SendForm
  readonly sendQuality: number | undefined
  readonly record: CalibrationRecord
}

/** @throws DDNN_CONFIG_INVALID for a plan whose device holds submodels: who asks in a bench holds none. */
export async function makeLivePlan(
  candidate: Candidate,
  facts: PlanFacts,
  { scratch, record }: { readonly scratch: string; readonly record: RecordFacts },
): Promise<LivePlan> {
  const { tiers, image } = candidate.arrangement
  if (image === undefined) {
    throw new ConfigError(
      'DDNN_CONFIG_INVALID',
      'Expected a plan whose device only asks, for --check, got one that puts submodels on it',
      { hint: 'Pass --places without the device to plan and check the rest' },
    )
  }
  const root = await mkdtemp(join(scratch, 'models-'))
  const copies = facts.stages.map(({ folder }, i) => join(root, `${i}-${basename(folder)}`))
  for (const [i, { folder }] of facts.stages.entries()) {
    await cp(folder, copies[i] as string, { recursive: true, dereference: true })
  }
  const folders = calibratedFoldersOf(candidate, facts).map((one, i) => ({
    ...one,
    folder: copies[i] as string,
  }))
  const written = planRecord(folders, record)
  await writeCalibration(folders, written)
  const [send, quality] = image.name.split(':')
  return {
    tiers: tiers.map(({ place, from, to }) => ({
      name: place.name,
      models: copies.slice(from, to),
    })),
    send: send as SendForm,
    sendQuality: quality === undefined ? undefined : Number(quality),
    record: written,
  }
}
