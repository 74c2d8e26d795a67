/**
 * Randomness without state: every value is a pure function of a seed, an ordinal and a salt, so that a row can be made
 * again at any time, in any order, in any process.
 */

/** The 32-bit finaliser of MurmurHash3 (public domain): a bijection on 32-bit integers. */
export function scramble(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** The inverse of `scramble`. */
export function unscramble(value: number): number {
  let h = (value ^ (value >>> 16)) | 0;
  h = Math.imul(h, 0x7ed1b41d);
  h = Math.imul(h ^ (h >>> 13) ^ (h >>> 26), 0xa5cb9243);
  return (h ^ (h >>> 16)) >>> 0;
}

/** A uniform 32-bit integer for the salt-th property of the ordinal-th thing. */
export function draw(seed: number, ordinal: number, salt: number): number {
  const high = Math.floor(ordinal / 4_294_967_296);
  return scramble(scramble(scramble((seed ^ Math.imul(salt, 0x9e3779b1)) + high) ^ (ordinal | 0)) + salt);
}

/** Uniform in [0, 1). */
export function drawShare(seed: number, ordinal: number, salt: number): number {
  return draw(seed, ordinal, salt) / 4_294_967_296;
}

const hex4: readonly string[] = Array.from({ length: 65_536 }, (_, n) => n.toString(16).padStart(4, '0'));

/** Eight hexadecimal digits of a 32-bit integer. */
export function hex8(value: number): string {
  return `${hex4[value >>> 16]}${hex4[value & 0xffff]}`;
}

/** A random-looking UUID (version 4) that says nothing about the ordinal. */
export function uuid(seed: number, ordinal: number, salt: number): string {
  const a = draw(seed, ordinal, salt);
  return join(a, draw(seed, a, salt) & 0xffff, draw(seed, a, salt + 1), draw(seed, a, salt + 2));
}

/** A UUID that `ordinalOfKey` can turn back into the ordinal, for ordinals from 0 below 2^48. */
export function keyOfOrdinal(seed: number, ordinal: number): string {
  const low = scramble((ordinal ^ seed) | 0);
  const high = (Math.floor(ordinal / 4_294_967_296) ^ draw(seed, low, 1)) & 0xffff;
  return join(low, high, draw(seed, low, 2), draw(seed, low, 3));
}

/** The ordinal of a key that `keyOfOrdinal` made with this seed; undefined for any other text. */
export function ordinalOfKey(seed: number, key: string): number | undefined {
  if (!/^[0-9a-f]{8}-[0-9a-f]{4}-/.test(key)) return undefined;
  const low = Number.parseInt(key.slice(0, 8), 16);
  const high = (Number.parseInt(key.slice(9, 13), 16) ^ draw(seed, low, 1)) & 0xffff;
  const ordinal = high * 4_294_967_296 + ((unscramble(low) ^ seed) >>> 0);
  return keyOfOrdinal(seed, ordinal) === key ? ordinal : undefined;
}

function join(first: number, second: number, third: number, fourth: number): string {
  const variant = hex4[0x8000 | ((third >>> 16) & 0x3fff)];
  const version = hex4[0x4000 | (third & 0x0fff)];
  return `${hex8(first)}-${hex4[second]}-${version}-${variant}-${hex8(fourth)}${hex4[(first ^ fourth) & 0xffff]}`;
}
