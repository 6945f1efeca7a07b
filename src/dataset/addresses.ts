import { isIPv4, isIPv6 } from 'node:net';

/**
 * True for an address that may be somebody's. Loopback, private, documentation and multicast ranges name no
 * one and are what code examples are made of; four single digits are a version far more often than a host.
 */
export function isPublicIPv4(value: string): boolean {
  if (!isIPv4(value)) return false;
  const [a = 0, b = 0, c = 0, d = 0] = value.split('.').map(Number);
  if (Math.max(a, b, c, d) < 10) return false;
  if (a === 0 || a === 10 || a === 127 || a >= 224) return false;
  if ((a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168) || (a === 169 && b === 254)) return false;
  const net = `${a}.${b}.${c}`;
  return net !== '192.0.2' && net !== '198.51.100' && net !== '203.0.113' && !SHOWN_EVERYWHERE.has(value);
}

const SHOWN_EVERYWHERE = new Set(['8.8.8.8', '8.8.4.4', '1.1.1.1']);

/**
 * True for an IPv6 address with at least three groups, so that slices (`a[1::2]`) and scopes (`b::c`) stay, that
 * is not reserved for documentation (RFC 3849, RFC 9637) or local.
 */
export function isPublicIPv6(value: string): boolean {
  const groups = value.split(':').filter(Boolean);
  if (groups.length < 3 || !/\d/.test(value)) return false;
  return !/^(?:2001:0?db8|3fff|f[cde]|ff|0*:)/i.test(value) && isIPv6(value);
}
