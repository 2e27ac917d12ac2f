// How a tier is, in words. Pure.
import type { WatchedTier } from '../../domain/watch.ts'
import { durationText } from '../numbers.ts'

export function stateText({ state, silentMs, replicas }: WatchedTier): string {
  if (state === 'silent') return `no answer for ${durationText(silentMs)}`
  const many = replicas > 1 ? `, ${replicas} replicas` : ''
  return `${state === 'here' ? 'this process' : 'answers'}${many}`
}
