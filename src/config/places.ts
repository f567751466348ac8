/** Positions in a YAML file, so that errors have a line and a column. */

export type YamlPath = readonly PropertyKey[];

/** A parsed file with its positions. */
export interface YamlFile {
  /** Absolute path. */
  path: string;
  /** The path as printed: relative to the working directory. */
  shown: string;
  /**
   * `file:line:column` of the value at a path (of its key with `key`); of its nearest parent if it is absent.
   */
  at(path: YamlPath, what?: 'key' | 'value'): string;
  /** The value in the file; undefined if it is absent. */
  valueAt(path: YamlPath): unknown;
}
