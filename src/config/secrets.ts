/** Secrets: `${NAME}` in a header's value. Only names pass through the harness; the player fills them inside k6. */
/** Header values in which `${NAME}` stands for an environment variable. */
const REFERENCE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** Header names whose value nobody may write into a file. */
const SECRET_HEADER = /^(proxy-)?authorization$|^cookie$|secret|password|(api|access|auth)[-_]?(key|token)$/i;

/** Names of the environment variables that a header's value refers to, in order, each once. */
export const namesIn = (value: string): string[] => [...new Set([...value.matchAll(REFERENCE)].map((m) => m[1]!))];

/** Whether a header's value would put a secret into the plan in clear text. */
export const holdsSecret = (header: string, value: string): boolean =>
  SECRET_HEADER.test(header) && value.trim() !== '' && namesIn(value).length === 0;
