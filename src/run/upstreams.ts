/** A region or the edge of a target, once its name is resolved. */
export interface Upstream {
  /** Base URL without a trailing slash. */
  url: string;
  /** Its host, without the brackets of an IPv6 address. */
  host: string;
  /** IP addresses behind the host, never empty. */
  addresses: string[];
  port: number;
  /** Whether the addresses come from DNS, and not from the URL or `resolve:` of the target file. */
  isFromDns: boolean;
  /** Whether k6 without a lane, with at most one entry in its `hosts`, connects to exactly these addresses. */
  isDirect: boolean;
}

export interface Upstreams {
  /** By region index. */
  regions: Upstream[];
  /** null without an edge; static assets come from the regions then. */
  edge: Upstream | null;
}
