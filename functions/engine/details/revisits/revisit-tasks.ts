import type { Task, Tasks } from '../../plan/plan.ts';
import { DAY_MS, dayOf } from '../../plan/window.ts';
import { type Revisit, timeMsOf } from './revisit.ts';

/** What is due, as tasks: one for each day of the conversations' own times, newest day first. */
export function revisitTasks(due: readonly Revisit[], now: number): Tasks {
  const days = [...new Set(due.map(dayOfRevisit))].sort((a, b) => b - a);
  const tasks = days.map((day): Task => ({ from: day, to: day + DAY_MS, kind: 'revisit' }));
  const span = { from: tasks.at(-1)?.from ?? now, to: tasks[0]?.to ?? now };
  return { kind: 'revisit', span, count: tasks.length, [Symbol.iterator]: () => tasks[Symbol.iterator]() };
}

/** What of it belongs to a task. */
export function revisitsOf(task: Task, due: readonly Revisit[]): readonly Revisit[] {
  return due.filter((revisit) => dayOfRevisit(revisit) === task.from);
}

/** What has no time is in no book; were it there, it would be asked for with what is oldest. */
function dayOfRevisit({ head }: Revisit): number {
  return dayOf(timeMsOf(head) ?? 0);
}
