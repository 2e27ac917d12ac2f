// The live page of a process by its flags.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { CommonConfig, PageConfig } from '../cli/config.ts'
import { readVersion } from '../cli/version.ts'
import type { WatchState } from '../domain/watch.ts'
import { hashToken, openTokens } from '../serving/door/tokens.ts'
import { createWatch } from '../serving/watch/create-watch.ts'
import { noWatch } from '../serving/watch/no-watch.ts'
import { createPageDoor } from '../serving/watch/page-door.ts'
import { createPageFiles } from '../serving/watch/page-files.ts'
import type { Watch } from '../serving/watch/watch.ts'
import type { Logger } from '../telemetry/log.ts'
import type { ProcessContext } from './links.ts'

interface Page {
  readonly watch: Watch
  /** Answers what is the page's; false for what is not. */
  handle(request: IncomingMessage, response: ServerResponse): boolean
  close(): void
}

/**
 * @param missing what keeps the process from being ready, in words.
 * @throws DDNN_CONFIG_INVALID when the token file cannot be used.
 */
export function openPage(
  { name, role, http }: Pick<CommonConfig, 'name' | 'http'> & { readonly role: WatchState['role'] },
  { log, meter }: Pick<ProcessContext, 'log' | 'meter'>,
  missing: () => readonly string[],
): Page {
  const config = http?.page
  if (config === undefined) {
    return { watch: noWatch, handle: () => false, close: () => undefined }
  }
  const tokens = tokensOf(config, log)
  const writes = tokens === undefined ? 'never' : 'token'
  const watch = createWatch({ name, role, version: readVersion(), meter, missing, writes })
  const door = createPageDoor({ watch, files: createPageFiles(), hosts: config.hosts, tokens, log })
  return { watch, ...door }
}

function tokensOf({ tokens }: PageConfig, log: Logger): (() => readonly Buffer[]) | undefined {
  if (tokens === undefined) return undefined
  if ('file' in tokens) return openTokens(tokens.file, '--page-token-file', log)
  const hashes = [hashToken(tokens.token)]
  return () => hashes
}
