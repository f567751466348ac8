/** Where things stand in a YAML file, so that a mistake can be named with line and column. */

export type YamlPath = readonly PropertyKey[];

/** A parsed file that remembers where things stand. */
export interface YamlFile {
  /** Absolute path. */
  path: string;
  /** The path as printed: relative to the working directory. */
  shown: string;
  /**
   * `file:line:column` of the value at a path (of its key with `key`); of the nearest thing around it if it is absent.
   */
  at(path: YamlPath, what?: 'key' | 'value'): string;
  /** The value as it stands in the file; undefined if it is absent. */
  valueAt(path: YamlPath): unknown;
}
