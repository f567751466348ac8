/** Several requests with logic between them; one file of scenarios/journeys. */
export type Journey = (client: JourneyClient) => void;

interface JourneyClient {
  /** Sends the next step. `operation` is one of the steps that the target file lists for this journey. */
  request(operation: string, options?: RequestOptions): JourneyResponse;
  /** Records data on this row for the judge; `name` selects its reader (claims/measures). */
  note(name: string, said: Record<string, unknown>): void;
}

export interface RequestOptions {
  headers?: Record<string, string>;
  /** `text` keeps the body for the journey; bodies are discarded otherwise. */
  body?: 'text';
}

interface JourneyResponse {
  ok: boolean;
  status: number;
  text: string;
  /** By name in Go's canonical form, such as X-Vector-Clock. */
  headers: Record<string, string>;
}
