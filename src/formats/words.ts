/** Numbers as people read them. */

const NUMBER = new Intl.NumberFormat('en-US');

/** 12345 -> `12,345`. */
export const count = (n: number): string => NUMBER.format(Math.round(n));

/** 0.0123 -> `1.23 %`, with as many digits as a small share needs. */
export function percent(share: number): string {
  const value = share * 100;
  if (value === 0 || value >= 99.995) return `${Math.round(value)} %`;
  const digits = value >= 10 ? 1 : value >= 0.1 ? 2 : value >= 0.01 ? 3 : 4;
  return `${Number(value.toFixed(digits))} %`;
}

/** 12.345 -> `12.3 ms`; null -> `no figure`. */
export const milliseconds = (ms: number | null): string => (ms === null ? 'no figure' : `${Number(ms.toFixed(1))} ms`);

/** `a, b and c`. */
export const list = (names: readonly string[]): string =>
  names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)!}`;

/** 6214 ms -> `6.21 s`; from ten seconds on `12.3 s`. */
export const seconds = (ms: number): string => `${Number((ms / 1000).toFixed(ms < 10_000 ? 2 : 1))} s`;

/** `1 city`, `3 cities`. */
export const plural = (n: number, one: string, many = `${one}s`): string => `${count(n)} ${n === 1 ? one : many}`;
