/** Figures of a plan in words. */

/** `37823` -> `37,823`. */
export const grouped = (n: number): string => Math.round(n).toLocaleString('en-US');

/** `7.4`, `150`: one decimal below 100, without a zero at the end. */
export const figure = (n: number): string => (n < 100 ? n.toFixed(1).replace(/\.0$/, '') : n.toFixed(0));

/** A probability or share as percent; never 100 or 0 where it is not. */
export function percent(share: number): string {
  if (share > 0.999 && share < 1) return '> 99.9 %';
  if (share < 0.001 && share > 0) return '< 0.1 %';
  return `${figure(share * 100)} %`;
}

/** `45 s`, `2 min 5 s`. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${figure(ms / 1000)} s`;
  const rest = seconds % 60;
  return `${Math.floor(seconds / 60)} min${rest > 0 ? ` ${rest} s` : ''}`;
}

/** `a`, `a and b`, `a, b and c`; beyond `most` the rest is counted. */
export function listed(names: readonly string[], most = Infinity): string {
  const all = names.length > most ? [...names.slice(0, most), `${names.length - most} more`] : names;
  return all.length < 2 ? all.join('') : `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`;
}

/** `1 city`, `24 cities`. */
export const plural = (n: number, one: string, many = `${one}s`): string => `${grouped(n)} ${n === 1 ? one : many}`;
