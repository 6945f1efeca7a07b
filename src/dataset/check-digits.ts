/** Issuer ranges of the card schemes (ISO/IEC 7812): the first digits and how long such numbers are. */
const SCHEMES: readonly { starts: RegExp; lengths: readonly number[] }[] = [
  { starts: /^4/, lengths: [13, 16, 19] },
  { starts: /^(?:5[0-9]|6[0-9]|2[2-7])/, lengths: [16] },
  { starts: /^3[47]/, lengths: [15] },
  { starts: /^3(?:0|6|8|9)/, lengths: [14, 16] },
  { starts: /^35/, lengths: [16] },
  { starts: /^(?:1800|2131)/, lengths: [15] },
];

/** A number of a known scheme whose Luhn digit is right; separators are ignored. */
export function isPaymentCard(value: string): boolean {
  const digits = value.replace(/\D/g, '');
  if (new Set(digits).size < 3 && !digits.startsWith('4')) return false;
  return (
    SCHEMES.some(({ starts, lengths }) => starts.test(digits) && lengths.includes(digits.length)) &&
    hasLuhnDigit(digits)
  );
}

/** The check digit of ISO/IEC 7812. */
export function hasLuhnDigit(digits: string): boolean {
  const sum = [...digits].reverse().reduce((total, digit, at) => {
    const doubled = at % 2 === 1 ? Number(digit) * 2 : Number(digit);
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}

/** Lengths of the IBAN registry (SWIFT), by country. */
const IBAN_LENGTHS = new Map(
  'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 ES24 FI18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 SC31 SE24 SI19 SK24 SM27 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20'
    .split(' ')
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);

/** The part of `value`, from its start, that is an IBAN (ISO 13616, mod 97); undefined when none is. */
export function isIBAN(value: string): string | undefined {
  if (/[a-z]/.test(value) && /[A-Z]/.test(value.slice(0, 4))) return undefined;
  const length = IBAN_LENGTHS.get(value.slice(0, 2).toUpperCase());
  if (length === undefined) return undefined;
  let taken = 0;
  let end = 0;
  while (end < value.length && taken < length) {
    if (value[end] !== ' ') taken += 1;
    end += 1;
  }
  const iban = value.slice(0, end);
  const touches = /[A-Z0-9]/i.test(value[end] ?? '');
  return taken === length && !touches && mod97(iban.replaceAll(' ', '')) === 1 ? iban : undefined;
}

function mod97(iban: string): number {
  const moved = `${iban.slice(4)}${iban.slice(0, 4)}`.toUpperCase();
  return [...moved].reduce((rest, character) => {
    const value = Number.parseInt(character, 36);
    return (rest * (value > 9 ? 100 : 10) + value) % 97;
  }, 0);
}

const ES_LETTERS = 'TRWAGMYFPDXBNJZSQVHLCKE';
const FI_LETTERS = '0123456789ABCDEFHJKLMNPRSTUVWXY';

/** National numbers with a form and a check of their own: US, Finland, Spain, Italy, United Kingdom, Korea. */
export function isNationalNumber(value: string): boolean {
  const plain = value.toUpperCase();
  if (/^\d{3}[-.]\d{2}[-.]\d{4}$/.test(plain)) return isUsNumber(plain);
  if (/^\d{6}[-+A-FU-Y]\d{3}[0-9A-Y]$/.test(plain)) {
    return isDay(plain) && FI_LETTERS[Number(plain.slice(0, 6) + plain.slice(7, 10)) % 31] === plain[10];
  }
  if (/^\d{7,8}-?[A-Z]$/.test(plain)) return ES_LETTERS[Number.parseInt(plain, 10) % 23] === plain.at(-1);
  if (/^[A-Z]{2} ?\d/.test(plain)) return /^(?!BG|GB|KN|NK|NT|TN|ZZ|[DFIQUV])[A-Z](?![DFIOQUV])/.test(plain);
  if (/^\d{4}-\d{4}-\d{4}$/.test(plain)) return /^[2-9]/.test(plain) && verhoeff(plain.replaceAll('-', ''));
  return /^[A-Z]{6}/.test(plain) || /^\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])-[1-4]/.test(plain);
}

function isUsNumber(value: string): boolean {
  const [area = '', group = '', serial = ''] = value.split(/[-.]/);
  if (value[3] !== value[6] || area === '000' || area === '666' || group === '00' || serial === '0000')
    return false;
  if (value === '123-45-6789') return false;
  const middle = Number(group);
  return (
    !area.startsWith('9') || (middle >= 50 && middle <= 99 && ![66, 67, 68, 69, 89, 93].includes(middle))
  );
}

function isDay(value: string): boolean {
  const [day, month] = [Number(value.slice(0, 2)), Number(value.slice(2, 4))];
  return month >= 1 && month <= 12 && day >= 1 && day <= new Date(Date.UTC(2000, month, 0)).getUTCDate();
}

const VERHOEFF_STEP = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];

/** Verhoeff's check over the dihedral group D5, as Aadhaar numbers carry it. */
function verhoeff(digits: string): boolean {
  return (
    [...digits].reverse().reduce((sum, digit, at) => dihedral(sum, permuted(Number(digit), at % 8)), 0) === 0
  );
}

function permuted(digit: number, times: number): number {
  return times === 0 ? digit : permuted(VERHOEFF_STEP[digit] ?? 0, times - 1);
}

function dihedral(a: number, b: number): number {
  if (a < 5) return b < 5 ? (a + b) % 5 : ((a + b - 5) % 5) + 5;
  return b < 5 ? ((a - b + 5) % 5) + 5 : (a - b + 5) % 5;
}
