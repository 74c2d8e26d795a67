import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { now, openDesk } from './cli-fixture.ts';

const program = join(import.meta.dirname, '../../../cli/convlake.ts');
const hasTmux = spawnSync('tmux', ['-V']).status === 0;
if (!hasTmux) console.info('tmux is not on this machine: --watch is not tried on a terminal');

/** A terminal of 100 columns and 12 rows, on a server of its own. */
function openTerminal(folder: string, command: string) {
  const socket = join(folder, 'tmux');
  const tmux = (...args: readonly string[]) => execFileSync('tmux', ['-S', socket, ...args], { encoding: 'utf8' });
  tmux('-f', '/dev/null', 'new-session', '-d', '-x', '100', '-y', '12', '-c', folder, command);
  onTestFinished(() => void spawnSync('tmux', ['-S', socket, 'kill-server']));
  const shown = () => tmux('capture-pane', '-p');
  return {
    press: (key: string) => tmux('send-keys', key),
    /** What is shown once it holds the text. */
    async when(text: string): Promise<string> {
      while (!shown().includes(text)) await sleep(50);
      return shown();
    },
  };
}

test.runIf(hasTmux)(
  'status --watch draws on a terminal, what is not well first, and ends quietly on Ctrl-C',
  async () => {
    const desk = await openDesk(['crescendo.vocconv', 'elevenlabs.conversations']);
    await desk.run(['export', '--stream', 'crescendo.vocconv', '--now', now]);
    const watch = `trap : INT; '${process.execPath}' '${program}' status --watch --now ${now}; echo "exit $?"; cat`;
    const terminal = openTerminal(desk.folder, watch);

    const drawn = await terminal.when('Ctrl-C ends');
    terminal.press('C-c');
    const ended = await terminal.when('exit ');

    expect(drawn).toContain('never ran');
    expect(drawn.indexOf('never ran')).toBeLessThan(drawn.indexOf(' ok '));
    expect(ended).toContain('exit 0');
    expect(ended).not.toMatch(/^\s+at |Error/m);
  },
);
