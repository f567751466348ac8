import type { Suites } from '../debian.ts';
import type { ImageConfig } from '../image.ts';

/** How to build a stand-in for an official image. One file per image in this folder. */
export interface Recipe {
  /** Name of its folder in the cache. */
  name: string;
  /** Its sources, as text after 'from'. */
  madeFrom: string;
  /** The parts of this machine in it, by version or content: a change rebuilds it. */
  inputs?: () => Promise<string[]>;
  /** Fills the empty directory `root`; returns its version and the image's configuration. */
  make(root: string, debian: Suites, say: (message: string) => void): Promise<{ version: string; config: ImageConfig }>;
}
