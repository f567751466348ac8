import type { Suites } from '../debian.ts';
import type { ImageConfig } from '../image.ts';

/** How a stand-in for an official image is made. One file per image beside this. */
export interface Recipe {
  /** Name that its folder in the cache goes by. */
  name: string;
  /** What it is made of, to follow 'made from'. */
  madeFrom: string;
  /** What of this machine goes into it, by version or content: when that changes, it is made anew. */
  inputs?: () => Promise<string[]>;
  /** Lays out the empty directory `root`; returns which version is in it, and the image's configuration. */
  make(root: string, debian: Suites, say: (message: string) => void): Promise<{ version: string; config: ImageConfig }>;
}
