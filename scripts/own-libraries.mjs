// tfjs-node's libraries as files of the package itself, which whoever may read the package may load: the cache
// that they come from is in the home folder of who installed. Used by install-tensorflow.mjs.
// A hard link where the cache is on the same file system (no second 780 MB), else a clone or a copy; either
// outlives the cache.
import { constants } from 'node:fs'
import {
  chmod,
  copyFile,
  link,
  mkdir,
  readdir,
  readlink,
  realpath,
  rename,
  rm,
  stat,
} from 'node:fs/promises'
import { basename, dirname, join, sep } from 'node:path'

/** What `link` says where a hard link cannot be: another file system, too many, not ours, unknown to it. */
const notLinkable = new Set(['EXDEV', 'EMLINK', 'EPERM', 'EACCES', 'ENOSYS', 'ENOTSUP'])

/**
 * Puts a file at a place for all to read, over what is there; at no moment is the place without a file.
 * @param {string} file a link is followed
 * @param {string} place
 * @param {{ isCopied: boolean }} options isCopied: a file of its own even on one file system
 */
export async function placeFile(file, place, { isCopied }) {
  await mkdir(dirname(place), { recursive: true })
  const source = await realpath(file)
  const aside = `${place}.${process.pid}`
  await rm(aside, { force: true })
  const isLinked = !isCopied && (await isLinkable(source, aside))
  if (!isLinked) await copyFile(source, aside, constants.COPYFILE_FICLONE)
  await openToAll(aside)
  await rename(aside, place)
}

async function isLinkable(source, place) {
  try {
    await link(source, place)
    return true
  } catch (error) {
    if (notLinkable.has(error.code)) return false
    throw error
  }
}

/** A umask of 077 leaves the addon, and the folders that npm did not make, to their maker alone. */
export async function openToAll(...paths) {
  for (const path of paths) {
    const { mode } = await stat(path)
    const wanted = mode | ((mode & 0o100) !== 0 ? 0o555 : 0o444)
    if (wanted !== mode) await chmod(path, wanted & 0o7777)
  }
}

/**
 * The libraries in deps/lib that are another folder's files: a checkout of before has links into the cache. With
 * isCopied also those that share their bytes with the cache. Links to a library beside them are not asked.
 * @param {string} packageFolder
 * @param {{ isCopied: boolean }} options
 * @returns {Promise<readonly string[]>} paths
 */
export async function borrowedLibraries(packageFolder, { isCopied }) {
  const folder = join(packageFolder, 'deps', 'lib')
  const own = (await realpath(packageFolder)) + sep
  const found = []
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name)
    const target = await readlink(path).catch(() => undefined)
    if (target !== undefined && basename(target) === target) continue
    // A link that leads nowhere is no library: loading says so.
    const real = await realpath(path).catch(() => undefined)
    if (real === undefined) continue
    if (!real.startsWith(own) || (isCopied && (await stat(real)).nlink > 1)) found.push(path)
  }
  return found
}

/** Makes them the package's own, at the same paths. */
export async function makeOwn(packageFolder, options) {
  for (const path of await borrowedLibraries(packageFolder, options)) {
    await placeFile(path, path, options)
  }
  await openToAll(join(packageFolder, 'deps'), join(packageFolder, 'deps', 'lib'))
}
