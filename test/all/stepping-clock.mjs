// Planted fault, preloaded into the harness alone: its wall clock jumps ahead by 250 ms, 15 s after the start.
if (process.argv[1]?.endsWith('src/cli/main.ts')) {
  const real = Date.now.bind(Date);
  const stepAtMs = performance.now() + 15_000;
  Date.now = () => real() + (performance.now() > stepAtMs ? 250 : 0);
}
