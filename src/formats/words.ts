/** Formats of figures, the same in plans, verdicts and reports. */

const NOTHING = '–';

/** `8213` -> `8,213`; decimals stay. */
export function count(n: number): string {
  const [whole, fraction] = String(n).split('.') as [string, string?];
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

/** `7.4`, `150`: one decimal below 100, without a zero at the end. */
export const figure = (n: number): string => (n < 100 ? n.toFixed(1).replace(/\.0$/, '') : n.toFixed(0));

/** Milliseconds without unit: one decimal below 200, where limits lie and a rounded figure could contradict one. */
export function msFigure(ms: number | null): string {
  if (ms === null) return NOTHING;
  const digits = Math.abs(ms) < 200 && !Number.isInteger(ms) ? 1 : 0;
  return count(Number(ms.toFixed(digits)));
}

/** `84.2 ms`, `1,240 ms`, `12.3 s`; a dash for null. */
export const ms = (value: number | null): string =>
  value === null ? NOTHING : value >= 10_000 ? `${(value / 1000).toFixed(1)} s` : `${msFigure(value)} ms`;

/** `6.21 s`, from ten seconds on `12.3 s`; a dash for null. */
export const seconds = (ms: number | null): string =>
  ms === null ? NOTHING : `${Number((ms / 1000).toFixed(ms < 10_000 ? 2 : 1))} s`;

/** `1:10.4`: minutes, seconds and tenths since T0. */
export function clockTenths(atMs: number): string {
  const tenths = Math.round(atMs / 100);
  return `${Math.floor(tenths / 600)}:${((tenths % 600) / 10).toFixed(1).padStart(4, '0')}`;
}

/** `45 s`, `7.5 s`, `2 min 5 s`. */
export function duration(ms: number): string {
  const whole = Math.round(ms / 1000);
  if (whole < 60) return `${figure(ms / 1000)} s`;
  const rest = whole % 60;
  return `${Math.floor(whole / 60)} min${rest > 0 ? ` ${rest} s` : ''}`;
}

/**
 * A share as a percent figure without the sign. Two significant digits towards 0 % and towards 100 %, so that 99.97 %
 * never reads 100 and 0.02 % never 0; below a thousandth of a percent `<0.001`.
 */
export function percentFigure(share: number | null): string {
  if (share === null) return NOTHING;
  const percent = share * 100;
  const distance = Math.min(percent, 100 - percent);
  if (distance <= 0) return percent <= 0 ? '0' : '100';
  if (distance < 0.001) return percent < 50 ? '<0.001' : '>99.999';
  const digits = distance >= 10 ? 0 : Math.min(3, 1 - Math.floor(Math.log10(distance)));
  return trimZeros(percent.toFixed(digits));
}

const trimZeros = (figure: string): string => (figure.includes('.') ? figure.replace(/\.?0+$/, '') : figure);

/** A measured share: `0.12 %`; a dash for null. */
export const percent = (share: number | null): string => (share === null ? NOTHING : `${percentFigure(share)} %`);

/** A configured share, with all digits: 0.125 -> `12.5 %`. */
export const percentAsWritten = (share: number): string => `${Number((share * 100).toPrecision(10))} %`;

/** A share beside its limit, with enough digits that it never reads as if it were on the other side. */
export function percentBeside(share: number | null, limit: number): string {
  if (share === null) return NOTHING;
  const limitFigure = Number((limit * 100).toPrecision(10));
  const figures = [percentFigure(share), ...[2, 3, 4, 5].map((digits) => trimZeros((share * 100).toFixed(digits)))];
  const isTrue = (figure: string): boolean => Number(figure) > limitFigure === share > limit;
  return `${figures.find(isTrue) ?? figures[0]!} %`;
}

/** A probability; never 100 or 0 % where it is not. */
export function probability(p: number): string {
  if (p > 0.999 && p < 1) return '> 99.9 %';
  if (p < 0.001 && p > 0) return '< 0.1 %';
  return `${figure(p * 100)} %`;
}

/** `a`, `a and b`, `a, b and c`; beyond `max` the rest is counted. */
export function list(names: readonly string[], max = Infinity): string {
  const all = names.length > max ? [...names.slice(0, max), `${names.length - max} more`] : names;
  return all.length < 2 ? all.join('') : `${all.slice(0, -1).join(', ')} and ${all.at(-1)!}`;
}

/** `1 city`, `24 cities`. */
export const plural = (n: number, one: string, many = `${one}s`): string => `${count(n)} ${n === 1 ? one : many}`;
