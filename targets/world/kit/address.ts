/** Where a server listens: a name or an address, and a port. */
export interface Address {
  host: string;
  port: number;
}

/** A port on this machine, or in the network namespace that the main process shares with Toxiproxy and the edge. */
export const onLoopback = (port: number): Address => ({ host: '127.0.0.1', port });

/** `host:port`. */
export const formatAddress = ({ host, port }: Address): string => `${host}:${port}`;
