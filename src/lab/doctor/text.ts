// Results for a terminal: a heading a group, a line a check, and what to do below it.
import pc from 'picocolors'
import { visibleText } from '../../domain/visible.ts'
import type { CheckResult, Status } from './check.ts'

interface TextOptions {
  readonly color: boolean
}

interface TextReport {
  /** The lines of one result, with a heading where its group begins. */
  line(result: CheckResult): string
  /** The last line: how many of each. */
  end(results: readonly CheckResult[]): string
}

const words: Readonly<Record<Status, string>> = {
  ok: 'ok',
  warning: 'warning',
  failed: 'FAILED',
  unchecked: 'not checked',
}

const statusWidth = 11
const titleWidth = 18

export function createTextReport({ color }: TextOptions): TextReport {
  const paint = pc.createColors(color)
  const colorOf: Readonly<Record<Status, (text: string) => string>> = {
    ok: paint.green,
    warning: paint.yellow,
    failed: paint.red,
    unchecked: paint.dim,
  }
  let group = ''
  return {
    line(result) {
      const lines: string[] = []
      if (result.group !== group) {
        group = result.group
        lines.push('', paint.bold(group))
      }
      const status = colorOf[result.status](words[result.status].padEnd(statusWidth))
      const reason = result.status === 'unchecked' ? `because ${result.found}` : result.found
      lines.push(`  ${status}  ${result.title.padEnd(titleWidth)} ${visibleText(reason)}`)
      const indent = ' '.repeat(statusWidth + titleWidth + 5)
      for (const advice of result.advice) lines.push(`${indent}-> ${visibleText(advice)}`)
      return `${lines.join('\n')}\n`
    },
    end(results) {
      const counts = countsOf(results)
      const parts = [`${counts.ok} ok`]
      if (counts.warning > 0)
        parts.push(`${counts.warning} warning${counts.warning > 1 ? 's' : ''}`)
      if (counts.failed > 0) parts.push(`${counts.failed} failed`)
      if (counts.unchecked > 0) parts.push(`${counts.unchecked} not checked`)
      return `\n${parts.join(', ')}\n`
    },
  }
}

export function countsOf(results: readonly CheckResult[]): Readonly<Record<Status, number>> {
  const counts = { ok: 0, warning: 0, failed: 0, unchecked: 0 }
  for (const { status } of results) counts[status]++
  return counts
}
