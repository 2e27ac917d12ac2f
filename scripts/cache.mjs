// Where the scripts keep what they install for the tests: one folder outside node_modules, so that
// `npm ci` does not take it away, shared by all checkouts of a user.
import { homedir } from 'node:os'
import { join } from 'node:path'

/** DDNN_CACHE, else $XDG_CACHE_HOME/ddnn, else ~/.cache/ddnn. The folder may not exist yet. */
export function cacheFolder(env = process.env) {
  if (env.DDNN_CACHE) return env.DDNN_CACHE
  if (env.XDG_CACHE_HOME) return join(env.XDG_CACHE_HOME, 'ddnn')
  return join(homedir(), '.cache', 'ddnn')
}
