/** Where regions and edge of a target are, once their names have been looked up. */

/** Where one region or the edge really is. */
export interface Upstream {
  /** Base URL without a trailing slash. */
  url: string;
  /** Its host, without the brackets of an IPv6 address. */
  host: string;
  /** IP addresses behind the host, never empty. */
  addresses: string[];
  port: number;
  /** Whether the addresses are what a resolver said: neither the target file nor the URL fixes them. */
  isAsked: boolean;
  /** Whether k6 by itself, given at most one entry of its `hosts`, connects to just these addresses. */
  isDirect: boolean;
}

export interface Upstreams {
  /** By region index. */
  regions: Upstream[];
  /** null without an edge; static assets come from the regions then. */
  edge: Upstream | null;
}
