import { Temporal } from 'temporal-polyfill';

/** The latest instant, epoch ms, not after `now`, at which a clock in `timeZone` shows `at` (`HH:MM`). A time that the day of a clock change skips counts an hour later. */
export function latestDailyInstant(at: string, timeZone: string, now: number): number {
  const here = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(timeZone);
  for (let daysBack = 0; ; daysBack++) {
    const day = here.toPlainDate().subtract({ days: daysBack });
    const instant = day.toZonedDateTime({ timeZone, plainTime: at }).epochMilliseconds;
    if (instant <= now) return instant;
  }
}

/** The first instant, epoch ms, after `now` at which a clock in `timeZone` shows `at`; of skipped times as above. */
export function nextDailyInstant(at: string, timeZone: string, now: number): number {
  const here = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(timeZone);
  for (let days = 0; ; days++) {
    const day = here.toPlainDate().add({ days });
    const instant = day.toZonedDateTime({ timeZone, plainTime: at }).epochMilliseconds;
    if (instant > now) return instant;
  }
}
