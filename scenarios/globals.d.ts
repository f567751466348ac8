/** Every file of scenarios/journeys by its name; the bundler (src/run/bundle.ts) makes this module from the folder. */
declare module 'virtual:journeys' {
  const journeys: Record<string, import('./journey.ts').Journey>;
  export default journeys;
}

/** k6 has a console, which its type package does not declare. */
declare const console: { log(message: string): void };
