// How hard a password is to guess for somebody who recorded a session and tries on machines of his own, as a cautious
// estimate in bits; and passwords that need none. Each character counts as one of all of the kinds that are used, but what
// people choose counts as what it is to one who guesses: known words, other words, sequences, repetitions.

import { knownWords } from "./known_words.ts";

/** No vowels, so that no words come out, and nothing that looks like something else. */
const generatedCharacters = "bcdfghjkmnpqrstvwxz23456789";
const generatedGroups = 5;
const groupCharacters = 4;
const leastGeneratedBits = 90;
const generatedShape = new RegExp(
  `^[${generatedCharacters}]{${groupCharacters}}(-[${generatedCharacters}]{${groupCharacters}})+$`,
);

const knownWordBits = 8;
/** A letter of a word; 2.6 where words are drawn from a list of 7,776 with four to five letters each. */
const wordLetterBits = 2.5;
/** Of the letters, in runs that could be words: from there on they are taken for words all over. */
const mostlyWords = 0.7;
const sequenceBits = 1;
/** Characters that are looked at. */
const mostCharacters = 200;

const symbolKinds = 33, otherKinds = 64;
const rows = [
  "abcdefghijklmnopqrstuvwxyz",
  "01234567890",
  "qwertyuiop",
  "qwertzuiop",
  "asdfghjkl",
  "zxcvbnm",
  "azertyuiop",
];
const digitsForLetters: { readonly [digit: string]: string } = {
  0: "o",
  1: "i",
  3: "e",
  4: "a",
  5: "s",
  7: "t",
  "@": "a",
  $: "s",
  "!": "i",
};

/** Bits of `text`, from 0. */
export function passwordBits(text: string): number {
  if (generatedShape.test(text)) return bitsOf(text.replaceAll("-", ""), generatedCharacters.length);
  return bitsOf(text, charactersOfKinds(text));
}

/** Five groups of four, with about 95 bits in them. */
export function generatePassword(): string {
  const group = () => Array.from({ length: groupCharacters }, randomCharacter).join("");
  for (;;) {
    const password = Array.from({ length: generatedGroups }, group).join("-");
    if (passwordBits(password) >= leastGeneratedBits) return password;
  }
}

function bitsOf(text: string, alphabet: number): number {
  // One unit each, so that places in all of these are the same.
  const characters = [...text].slice(0, mostCharacters).map((character) =>
    character.length === 1 ? character : "\uffff"
  );
  const lower = characters.map((character) => character.toLowerCase()[0]!).join("");
  const letters = lower.replace(/[013457@$!]/g, (digit) => digitsForLetters[digit]!);
  const inWords = charactersInWords(characters.join(""));
  const each = Math.log2(alphabet);
  let bits = 0;
  for (let at = 0; at < lower.length;) {
    const known = knownWords.find((word) => letters.startsWith(word, at))?.length ?? 0;
    const again = repeatedLength(lower, at);
    if (known > 0 && known >= again) bits += knownWordBits;
    else if (again >= 3) bits += Math.min(Math.log2(at) + Math.log2(again), again * each);
    else if (endsSequence(lower, at)) bits += sequenceBits;
    else if (!isRepeatedSeparator(lower, at)) bits += inWords.has(at) ? Math.min(wordLetterBits, each) : each;
    at += known > 0 && known >= again ? known : again >= 3 ? again : 1;
  }
  return bits;
}

/** How many characters there are of the kinds that are used. */
function charactersOfKinds(text: string): number {
  if (/^(?=.*[0-9])(?=.*[a-f])[0-9a-f]+$/i.test(text)) return 16;
  let characters = 0;
  if (/[0-9]/.test(text)) characters += 10;
  if (/[a-z]/.test(text)) characters += 26;
  if (/[A-Z]/.test(text)) characters += 26;
  const symbols = new Set(text.match(/[!-/:-@[-`{-~ ]/g)).size;
  // One that separates words is no choice at each place.
  characters += symbols > 1 ? symbolKinds : symbols;
  if (/[^ -~]/.test(text)) characters += otherKinds;
  return Math.max(1, characters);
}

/** Places of letters that could be words: all letters where most are in such runs, otherwise those in long runs. */
function charactersInWords(text: string): Set<number> {
  const letters = [...text.matchAll(/\p{L}/gu)].map(({ index }) => index);
  const inRuns = new Set<number>(), inLongRuns = new Set<number>();
  for (const { 0: run, index } of text.matchAll(/\p{L}\p{Ll}{2,}|\p{Lu}{4,}|\p{Lo}{2,}/gu)) {
    if (!couldBeWord(run)) continue;
    for (let at = index; at < index + run.length; at++) {
      inRuns.add(at);
      if (run.length >= 4) inLongRuns.add(at);
    }
  }
  return inRuns.size >= mostlyWords * letters.length ? new Set(letters) : inLongRuns;
}

/** With vowels, and without many consonants in a row; letters of other scripts could always be. */
function couldBeWord(run: string): boolean {
  const plain = run.toLowerCase().normalize("NFD");
  const vowels = plain.match(/[aeiouy]/g)?.length ?? 0;
  return !/[a-z]/.test(plain) || (vowels >= run.length / 4 && !/[^aeiouy]{6}/.test(plain));
}

/** Of what begins at `at` and stood before it already. */
function repeatedLength(text: string, at: number): number {
  let length = 0;
  while (at + length < text.length && text.slice(0, at).includes(text.slice(at, at + length + 1))) length++;
  return length;
}

/** Whether the character and the two before it are the same, or go one way along the alphabet or a row of keys. */
function endsSequence(text: string, at: number): boolean {
  if (at < 2) return false;
  const three = text.slice(at - 2, at + 1);
  const turned = [...three].reverse().join("");
  return three === three[0]!.repeat(3) || rows.some((row) => row.includes(three) || row.includes(turned));
}

function isRepeatedSeparator(text: string, at: number): boolean {
  return /[^\p{L}\p{N}]/u.test(text[at]!) && text.indexOf(text[at]!) < at;
}

function randomCharacter(): string {
  const most = 256 - 256 % generatedCharacters.length;
  for (;;) {
    const [byte = 0] = crypto.getRandomValues(new Uint8Array(1));
    if (byte < most) return generatedCharacters[byte % generatedCharacters.length]!;
  }
}
