// Whose page it is, whether it is connected, light or dark.
import type { WatchState } from '../domain/watch.ts'
import { themes, type Theme } from './theme.ts'
import type { Connection } from './watching.ts'

const words: Record<Connection, string> = {
  connecting: 'connecting …',
  live: 'live',
  late: 'nothing heard',
  lost: 'connection lost, trying again',
}

const roles: Record<WatchState['role'], string> = {
  device: 'device',
  tier: 'tier',
  gateway: 'gateway',
  local: 'whole chain',
}

interface HeaderProps {
  readonly state: WatchState | undefined
  readonly connection: Connection
  readonly theme: Theme
  readonly onTheme: (theme: Theme) => void
}

export function Header({ state, connection, theme, onTheme }: HeaderProps) {
  return (
    <header class="top">
      <h1>
        <span class="brand">ddnn</span>
        {state !== undefined && (
          <span class="name" title={state.name}>
            {state.name}
          </span>
        )}
      </h1>
      {state !== undefined && (
        <p class="facts">
          <span class="tag">{roles[state.role]}</span> <span>version {state.version}</span>
        </p>
      )}
      <p class={`connection ${connection}`} role="status">
        <span class="lamp" aria-hidden="true" />
        {words[connection]}
      </p>
      <label class="theme">
        <span class="unseen">Colours</span>
        <select
          value={theme}
          onChange={({ currentTarget }) => {
            const chosen = themes.find((one) => one === currentTarget.value)
            if (chosen !== undefined) onTheme(chosen)
          }}
        >
          <option value="system">As the system</option>
          <option value="light">Light</option>
          <option value="dark">Dark</option>
        </select>
      </label>
    </header>
  )
}
