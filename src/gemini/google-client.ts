import { GoogleGenAI } from '@google/genai';
import type { GeminiConnection } from './connection.ts';

/**
 * Makes Google's SDK for one location, on Vertex, or for the Developer API, where the location is not used.
 * Every option is given, the address too: what is left out the SDK takes from the environment. No `retryOptions`
 * (they repeat calls that cost money). A `timeout` leaves a timer behind each call: answers bring a signal instead.
 */
export function createGoogleClient(
  connection: GeminiConnection,
  location: string,
  timeoutMs?: number,
): GoogleGenAI {
  const baseUrl = connection.baseUrl ?? googleAddress(connection, location);
  const httpOptions = { baseUrl, ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }) };
  if (connection.wire === 'developer') {
    return new GoogleGenAI({ enterprise: false, apiKey: connection.apiKey, httpOptions });
  }
  const { projectId: project, apiKey } = connection;
  return new GoogleGenAI({
    enterprise: true,
    project,
    location,
    ...(apiKey === undefined ? {} : { apiKey }),
    httpOptions,
  });
}

/** Hosts as the SDK makes them (version 2.32). */
function googleAddress({ wire }: GeminiConnection, location: string): string {
  if (wire === 'developer') return 'https://generativelanguage.googleapis.com/';
  if (location === 'global') return 'https://aiplatform.googleapis.com/';
  if (location === 'us' || location === 'eu') return `https://aiplatform.${location}.rep.googleapis.com/`;
  return `https://${location}-aiplatform.googleapis.com/`;
}
