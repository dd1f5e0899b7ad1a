// RC2 in CBC mode (RFC 2268), decryption only. No library has it any more, and rightly so: it is here because the .p12
// files of older OpenSSL keep their certificates, which are no secret, in 40 bits of it.

/** RFC 2268, section 2. */
const piTable = Uint8Array.from(
  (
    "d978f9c419ddb5ed28e9fd794aa0d89dc67e37832b76538e624c6488448bfba2179a59f587b34f1361456d8d09817d32bd8f40eb86b77b0b" +
    "f09521225c6b4e8254d66593ce60b21c7356c014a78cf1dc1275ca1f3bbee4d1423dd430a33cb6266fbf0eda46690757" +
    "27f21d9bbc944303f811c7f690ef3ee706c3d52fc8661ed708e8eade8052eef784aa72ac354d6a2a961ad2715a1549744b9fd05e0418a4ec" +
    "c2e0416e0f51cbcc2491af50a1f47039997c3a8523b8b47afc02365b25559731" +
    "2d5dfa98e38a92ae05df2910676cbac9d300e6cfe19ea82c6316013f58e289a90d38341bab33ffb0bb480c5fb9b1cd2ec5f3db47e5a59c77" +
    "0aa62068fe7fc1ad"
  ).match(/../g)!,
  (pair) => parseInt(pair, 16),
);

const blockBytes = 8;

/** What was encrypted, padding included. `key` is 1 to 128 bytes; all its bits count. Throws RangeError for part of a block. */
export function decryptRc2Cbc(key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array<ArrayBuffer> {
  if (data.length % blockBytes !== 0 || iv.length !== blockBytes) throw new RangeError("Not whole blocks of RC2");
  const words = expand(key);
  const clear = new Uint8Array(data.length);
  let previous = iv;
  for (let at = 0; at < data.length; at += blockBytes) {
    const block = data.subarray(at, at + blockBytes);
    const mixed = decryptBlock(words, block);
    for (let i = 0; i < blockBytes; i++) clear[at + i] = mixed[i]! ^ previous[i]!;
    previous = block;
  }
  return clear;
}

/** Section 2: 64 words of 16 bits. */
function expand(key: Uint8Array): Uint16Array {
  const bits = key.length * 8;
  const bytes = new Uint8Array(128);
  bytes.set(key);
  for (let i = key.length; i < 128; i++) bytes[i] = piTable[(bytes[i - 1]! + bytes[i - key.length]!) & 0xff]!;
  const effective = Math.ceil(bits / 8);
  bytes[128 - effective] = piTable[bytes[128 - effective]! & (0xff >> (8 * effective - bits))]!;
  for (let i = 127 - effective; i >= 0; i--) bytes[i] = piTable[bytes[i + 1]! ^ bytes[i + effective]!]!;
  return Uint16Array.from({ length: 64 }, (_, i) => bytes[2 * i]! | bytes[2 * i + 1]! << 8);
}

/** Section 4: five rounds of r-mixing, one of r-mashing, six, one, five. */
function decryptBlock(words: Uint16Array, block: Uint8Array): Uint8Array {
  const r = Uint16Array.from({ length: 4 }, (_, i) => block[2 * i]! | block[2 * i + 1]! << 8);
  const turns = [1, 2, 3, 5];
  let word = 63;
  const mix = () => {
    for (let i = 3; i >= 0; i--) {
      const turn = turns[i]!, value = r[i]!;
      const turned = value >>> turn | value << (16 - turn);
      const before = r[(i + 3) & 3]!, two = r[(i + 2) & 3]!, three = r[(i + 1) & 3]!;
      r[i] = turned - words[word--]! - (before & two) - (~before & three);
    }
  };
  const mash = () => {
    for (let i = 3; i >= 0; i--) r[i] = r[i]! - words[r[(i + 3) & 3]! & 63]!;
  };
  for (const [index, rounds] of [5, 6, 5].entries()) {
    if (index > 0) mash();
    for (let round = 0; round < rounds; round++) mix();
  }
  return Uint8Array.from({ length: blockBytes }, (_, i) => i % 2 === 0 ? r[i >> 1]! & 0xff : r[i >> 1]! >>> 8);
}
