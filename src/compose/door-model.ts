// What a door tells of who answers behind it: a tier in front, or the models of this process.
import type { KnownTier } from '../serving/device/fits.ts'
import type { DoorModel } from '../serving/door/door.ts'
import type { Served } from '../serving/tier/served-models.ts'
import { takesImages } from '../serving/tier/takes-images.ts'

/** What a tier in front answers by, as a door tells it. */
export function modelOfTier({ tier, model, about }: KnownTier): DoorModel {
  return {
    version: model?.version,
    family: about.family,
    tier,
    input: about.input,
    takesImages: about.dtypes?.includes('uint8') ?? about.input[2] === 3,
    orientation: about.orientation,
    labels: about.labels,
  }
}

/** What a process with models answers by, as a door tells it. */
export function modelOfServed(name: string, served: Served): DoorModel {
  const [{ stages, labels, info }] = served()
  const [first] = stages
  return {
    version: info.version,
    family: info.family,
    tier: name,
    input: first?.shapes.input ?? [],
    takesImages: first !== undefined && takesImages(first),
    orientation: first?.spec.preprocessing?.orientation,
    labels,
  }
}
