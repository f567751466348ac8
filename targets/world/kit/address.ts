/** Where a server listens: a name or an address, and a port. */
export interface Address {
  host: string;
  port: number;
}

/** A port of this machine, or of the namespace that the main process shares with Toxiproxy and the edge. */
export const onLoopback = (port: number): Address => ({ host: '127.0.0.1', port });

/** As a person writes it. */
export const inWords = ({ host, port }: Address): string => `${host}:${port}`;
