/** refinery's checksum: SipHash-1-3 with the key 0 over name, version and SQL, each as Rust hashes it. refinery-core 0.9.2, src/runner.rs. */

/** A 64-bit word in two halves, changed in place: numbers of JavaScript are exact to 53 bits, and its big integers are slow. */
type Word = [high: number, low: number];

function add(a: Word, b: Word): void {
  const low = (a[1] >>> 0) + (b[1] >>> 0);
  a[0] = (a[0] + b[0] + (low > 0xffffffff ? 1 : 0)) | 0;
  a[1] = low | 0;
}

function exclusiveOr(a: Word, b: Word): void {
  a[0] ^= b[0];
  a[1] ^= b[1];
}

function rotate(a: Word, bits: number): void {
  const [high, low] = bits >= 32 ? [a[1], a[0]] : a;
  const by = bits % 32;
  a[0] = by === 0 ? high : (high << by) | (low >>> (32 - by));
  a[1] = by === 0 ? low : (low << by) | (high >>> (32 - by));
}

function round([v0, v1, v2, v3]: readonly [Word, Word, Word, Word]): void {
  add(v0, v1);
  rotate(v1, 13);
  exclusiveOr(v1, v0);
  rotate(v0, 32);
  add(v2, v3);
  rotate(v3, 16);
  exclusiveOr(v3, v2);
  add(v0, v3);
  rotate(v3, 21);
  exclusiveOr(v3, v0);
  add(v2, v1);
  rotate(v1, 17);
  exclusiveOr(v1, v2);
  rotate(v2, 32);
}

/** SipHash-1-3 of bytes, as an unsigned decimal. */
function sipHash(bytes: Buffer): string {
  const state: readonly [Word, Word, Word, Word] = [
    [0x736f6d65, 0x70736575],
    [0x646f7261, 0x6e646f6d],
    [0x6c796765, 0x6e657261],
    [0x74656462, 0x79746573],
  ];
  const [v0, v1, v2, v3] = state;
  const padded = Buffer.concat([bytes, Buffer.alloc(8 - (bytes.length % 8))]);
  padded[padded.length - 1] = bytes.length & 0xff;
  for (let at = 0; at < padded.length; at += 8) {
    const word: Word = [padded.readInt32LE(at + 4), padded.readInt32LE(at)];
    exclusiveOr(v3, word);
    round(state);
    exclusiveOr(v0, word);
  }
  v2[1] ^= 0xff;
  for (let count = 0; count < 3; count += 1) round(state);
  exclusiveOr(v0, v1);
  exclusiveOr(v0, v2);
  exclusiveOr(v0, v3);
  return ((BigInt(v0[0] >>> 0) << 32n) | BigInt(v0[1] >>> 0)).toString();
}

/** As refinery stores it. `wide`: built with `int8-versions`. */
export function checksumOf(name: string, version: bigint, sql: Uint8Array, wide: boolean): string {
  const number = Buffer.alloc(wide ? 8 : 4);
  if (wide) number.writeBigInt64LE(version);
  else number.writeInt32LE(Number(version));
  const end = Buffer.of(0xff);
  return sipHash(Buffer.concat([Buffer.from(name), end, number, sql, end]));
}
