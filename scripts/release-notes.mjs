// The notes of a release: `node scripts/release-notes.mjs v1.2.3` prints the changelog's section of that version. It
// ends with 1 where tag, package.json, lockfile and changelog do not agree, or where package.json names no repository
// of one's own, naming each thing that is wrong.
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const semantic = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/

/**
 * What a changelog says of one version, without the heading; undefined where it has no such section.
 * @param {string} changelog
 * @param {string} version
 * @returns {{ date: string | undefined, text: string } | undefined}
 */
export function sectionOf(changelog, version) {
  const sections = changelog.split(/^## /m).slice(1)
  for (const section of sections) {
    const [heading, ...lines] = section.split('\n')
    const [, name, date] = /^\[([^\]]+)\](?: - (\d{4}-\d{2}-\d{2}))?\s*$/.exec(heading) ?? []
    if (name !== version) continue
    // Definitions of links at the file's end belong to no section.
    const text = lines.filter((line) => !/^\[[^\]]+\]: /.test(line)).join('\n')
    return { date, text: text.trim() }
  }
  return undefined
}

/**
 * What is wrong with the addresses in package.json: those in the tree are placeholders, which a release may not bear,
 * and npm refuses a package with provenance that names another repository than the one that built it.
 * @param {{ homepage?: string, repository?: string | { url?: string }, bugs?: string | { url?: string } }} manifest
 * @param {string | undefined} repository https://HOST/OWNER/NAME, where it is known which one releases
 * @returns {readonly string[]}
 */
export function addressProblems(manifest, repository) {
  const { homepage, bugs, repository: named } = manifest
  const addresses = {
    homepage,
    'repository.url': typeof named === 'string' ? named : named?.url,
    bugs: typeof bugs === 'string' ? bugs : bugs?.url,
  }
  const problems = []
  for (const [field, address] of Object.entries(addresses)) {
    const host = /^(?:git\+)?https:\/\/([^/:]+)\//.exec(address ?? '')?.[1]
    if (host === undefined || /(^|\.)example\.(org|com|net)$/.test(host)) {
      problems.push(`Expected ${field} of package.json to be an address of yours, got ${address}`)
    }
  }
  const own = addresses['repository.url']?.replace(/^git\+/, '').replace(/\.git$/, '')
  if (problems.length === 0 && repository !== undefined && own !== repository) {
    problems.push(`Expected repository.url of package.json to be ${repository}, got ${own}`)
  }
  return problems
}

/**
 * The notes of a tag, or all that forbids its release.
 * @param {string} root folder of package.json, package-lock.json and CHANGELOG.md
 * @param {string | undefined} tag
 * @param {string} [repository] of the workflow that releases
 * @returns {{ notes: string, problems: readonly string[] }}
 */
export function releaseNotes(root, tag, repository) {
  const read = (file) => readFileSync(join(root, file), 'utf8')
  const manifest = JSON.parse(read('package.json'))
  const { version } = manifest
  const locked = JSON.parse(read('package-lock.json'))
  const section = sectionOf(read('CHANGELOG.md'), version)
  const problems = [...addressProblems(manifest, repository)]
  if (!semantic.test(version)) problems.push(`Expected a semantic version, got '${version}'`)
  if (tag !== `v${version}`) {
    problems.push(`Expected the tag v${version}, as package.json says, got ${tag ?? 'none'}`)
  }
  for (const found of [locked.version, locked.packages?.['']?.version]) {
    if (found !== version) {
      problems.push(`Expected version ${version} in package-lock.json, got ${found}`)
    }
  }
  if (section === undefined) {
    problems.push(`Expected a section '## [${version}] - YYYY-MM-DD' in CHANGELOG.md, got none`)
  } else {
    if (section.date === undefined)
      problems.push(`Expected a date beside [${version}] in CHANGELOG.md`)
    if (section.text === '') problems.push(`Expected changes below [${version}] in CHANGELOG.md`)
  }
  return { notes: section?.text ?? '', problems: [...new Set(problems)] }
}

if (resolve(process.argv[1] ?? '') === fileURLToPath(import.meta.url)) {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: name } = process.env
  const repository = server && name ? `${server}/${name}` : undefined
  const { notes, problems } = releaseNotes(root, process.argv[2], repository)
  for (const problem of problems) console.error(`release-notes: ${problem}`)
  if (problems.length === 0) console.log(notes)
  else process.exitCode = 1
}
