/** An address, or a name of one, and a port. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** An endpoint as text: `host:port`, `[v6]:port`. */
export const hostPort = ({ host, port }: Endpoint): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

/** `host:port`, `[v6]:port` or `:port` apart; undefined when it is none of these. */
export function splitHostPort(text: string): Endpoint | undefined {
  const match = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  return match && port <= 65_535 ? { host: match[1] ?? match[2] ?? '', port } : undefined;
}
