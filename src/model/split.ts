// Which tier runs which submodels: `--split edge=model_1+model_2 cloud=model_3..model_8`. Submodels are stored
// once, as trained; a tier's folder is a ddnn.json that lists them. So the same family is split again in
// another way without training, and without copying weights.
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigError } from '../errors.ts'
import { isStagesManifest, manifestFile, parseManifest, writeManifest } from './manifest.ts'
import { isFolderName, isSameFolder } from './networks/names.ts'

/** The submodels of one tier, in order. */
export interface TierStages {
  /** Folder of the tier. */
  readonly tier: string
  readonly submodels: readonly string[]
}

/**
 * Reads `TIER=SUBMODEL+SUBMODEL..SUBMODEL`, several separated by commas or given one by one. Each submodel of the
 * family has to come exactly once, in the family's order. `wholeNames` are folders that hold the whole model.
 * @throws DDNN_CONFIG_INVALID when a submodel is unknown, left out, named twice or out of order, or a tier's
 * name is taken.
 */
export function parseSplit(
  texts: readonly string[],
  submodels: readonly string[],
  wholeNames: readonly string[],
): readonly TierStages[] {
  const items = texts.flatMap((text) => text.split(',')).map((item) => item.trim())
  const tiers = items
    .filter((item) => item !== '')
    .map((item): TierStages => {
      const [tier = '', list = '', ...rest] = item.split('=').map((side) => side.trim())
      if (!isFolderName(tier) || list === '' || rest.length > 0) {
        throw invalid(`TIER=SUBMODEL, as edge=${submodels[0] ?? 'edge'}`, `'${item}'`)
      }
      return { tier, submodels: list.split('+').flatMap((part) => expand(part.trim(), submodels)) }
    })
  if (tiers.length === 0) throw invalid('at least one tier', 'none')
  checkSubmodels(tiers, submodels)
  checkTierNames(tiers, submodels, wholeNames)
  return tiers
}

/** 'model_3..model_5' and 'model_3' to names. */
function expand(text: string, submodels: readonly string[]): readonly string[] {
  // A name may hold dots itself.
  if (submodels.includes(text)) return [text]
  const at = text.indexOf('..')
  const ends = at < 0 ? [text] : [text.slice(0, at).trim(), text.slice(at + 2).trim()]
  const [first = 0, last = first] = ends.map((name) => {
    const index = submodels.indexOf(name)
    if (index < 0) throw invalid(`submodels of the family: ${submodels.join(', ')}`, `'${name}'`)
    return index
  })
  if (last < first) throw invalid(`a range in the order of the network`, `'${text}'`)
  return submodels.slice(first, last + 1)
}

function checkSubmodels(tiers: readonly TierStages[], submodels: readonly string[]): void {
  const named = tiers.flatMap((tier) => tier.submodels)
  const twice = named.find((name, i) => named.indexOf(name) < i)
  if (twice !== undefined) throw invalid('each submodel once', `'${twice}' twice`)
  const missing = submodels.filter((name) => !named.includes(name))
  if (missing.length > 0) {
    throw invalid('all submodels of the family', `none of ${missing.join(', ')}`)
  }
  const late = named.findIndex((name, i) => name !== submodels[i])
  if (late >= 0) {
    const got = `'${named[late] ?? ''}' in place of '${submodels[late] ?? ''}'`
    throw invalid(`submodels in the order of the network: ${submodels.join(', ')}`, got)
  }
}

function checkTierNames(
  tiers: readonly TierStages[],
  submodels: readonly string[],
  wholeNames: readonly string[],
): void {
  for (const [i, { tier, submodels: own }] of tiers.entries()) {
    if (tiers.slice(0, i).some((other) => isSameFolder(other.tier, tier))) {
      throw invalid('each tier once', `'${tier}' twice`)
    }
    if (isItsSubmodel({ tier, submodels: own })) continue
    // A tier that holds all may be the whole model's folder.
    const isAll = own.length === submodels.length
    const taken = [...submodels, ...(isAll ? [] : wholeNames)].find((name) =>
      isSameFolder(name, tier),
    )
    if (taken === undefined) continue
    const what = submodels.includes(taken) ? 'a submodel' : 'the whole model'
    throw invalid('tiers with folders of their own', `'${tier}', the folder of ${what}`)
  }
}

/** `edge=edge`: the submodel's folder is the tier's. */
function isItsSubmodel({ tier, submodels }: TierStages): boolean {
  return submodels.length === 1 && submodels[0] === tier
}

/**
 * Refuses to write over what is no list of stages.
 * @throws DDNN_CONFIG_INVALID
 */
export async function checkTierFolders(
  output: string,
  tiers: readonly TierStages[],
): Promise<void> {
  for (const tier of tiers) {
    if (isItsSubmodel(tier)) continue
    const folder = join(output, tier.tier)
    const found = await stat(folder).catch(() => undefined)
    if (found === undefined) continue
    const file = join(folder, manifestFile)
    const text = await readFile(file, 'utf8').catch(() => undefined)
    if (text !== undefined && isStagesManifest(parseManifest(text, file))) continue
    throw invalid('tiers whose folders are free', `'${folder}', which is no list of stages`)
  }
}

/** Writes OUTPUT/TIER/ddnn.json of each tier; returns the folders, those that needed no writing too. */
export async function writeTiers(output: string, tiers: readonly TierStages[]): Promise<string[]> {
  for (const tier of tiers) {
    if (isItsSubmodel(tier)) continue
    const stages = tier.submodels.map((name) => `../${name}`)
    await writeManifest(join(output, tier.tier), { format: 1, stages })
  }
  return tiers.map(({ tier }) => join(output, tier))
}

function invalid(wanted: string, got: string): ConfigError {
  return new ConfigError('DDNN_CONFIG_INVALID', `Expected --split to name ${wanted}, got ${got}`, {
    hint: 'As --split edge=model_1+model_2 fog=model_3..model_5 cloud=model_6..model_8',
  })
}
