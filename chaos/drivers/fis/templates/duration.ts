/** Durations of FIS: whole minutes, from one minute to twelve hours, as ISO 8601. */

const MINUTE_MS = 60_000;
/** FIS user guide, actions reference: PT1M to PT12H. */
export const MAX_MINUTES = 720;

/** Milliseconds, rounded up to whole minutes, at least one. The caller refuses more than FIS allows. */
export const minutesFor = (ms: number): number => Math.max(1, Math.ceil(ms / MINUTE_MS));

/** `PT5M`. */
export const isoMinutes = (minutes: number): string => `PT${minutes}M`;

/** Seconds of an ISO 8601 duration of hours, minutes and seconds; null if it is none. */
export function secondsOfIso(text: string): number | null {
  const found = /^PT(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?$/.exec(text);
  if (!found) return null;
  const [hours, minutes, seconds] = found.slice(1).map((part) => Number(part ?? 0));
  return hours! * 3600 + minutes! * 60 + seconds!;
}
