import { isPublicIPv4, isPublicIPv6 } from './addresses.ts';
import { hasLuhnDigit, isIBAN, isNationalNumber, isPaymentCard } from './check-digits.ts';
import type { RedactionRule } from './redact-rule.ts';

/** Reserved for examples by RFC 2606 and RFC 6761, and mailboxes that are no person's. */
const EXAMPLE_MAIL =
  /@(?:[\w.-]{1,80}\.)?(?:example(?:\.(?:com|org|net|edu))?|test|invalid|localhost|local)$|^(?:git|no-?reply|postmaster)@|@(?:domain|email|mail|company|site|yourdomain|mydomain|test)\.com$/i;
const EXAMPLE_PHONE = /456[ .-]?7890$|^555[ .-]/;
const PHONE_WORDS = [
  'phone',
  'mobile',
  'tel',
  'cell',
  'fax',
  'desk',
  'office',
  'whatsapp',
  'sms',
  'call me at',
  'call me on',
  'reach me at',
  'answering at',
  'messages to',
  'my registered',
  'number is',
];

/** Personal data with a form of its own. Names and most street addresses have none and stay. */
export const PERSONAL_RULES: readonly RedactionRule[] = [
  {
    scope: 'text',
    hints: ['@'],
    find: /(?<![\w.%+-])[\w.%+-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,62})\.){1,6}(?:[a-z]{2,24}|xn--[a-z0-9-]{2,59})(?![\w(-]|\.\w)/gi,
    pick: (value) => (EXAMPLE_MAIL.test(value) ? undefined : value),
    placeholder: 'email',
  },
  {
    scope: 'numbers',
    hints: /\d{2} ?[a-z0-9]{4} ?[a-z0-9]{4}/,
    find: /(?<![A-Z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}/gi,
    pick: isIBAN,
    placeholder: 'iban',
  },
  {
    scope: 'numbers',
    hints: /\d{4}[ -]?\d{4}/,
    find: /(?<![\w.,-])(?<!\b\d{1,3} )(?:\d{13,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?! \d)|\d{4}([ -])\d{6}\2\d{5})(?![\w-]|[.,]\d)/g,
    pick: (value) => (isPaymentCard(value) ? value : undefined),
    placeholder: 'card',
  },
  {
    scope: 'numbers',
    hints: ['card'],
    find: /(?<before>\bcard(?: number| no\.?)?(?: is|:)? ?#? ?)\d{12,19}(?![\w.-]?\d)/gi,
    pick: (value) => (hasLuhnDigit(value) ? value : undefined),
    placeholder: 'card',
  },
  {
    scope: 'text',
    hints: /[:-][0-9a-f]{2}[:-][0-9a-f]{2}[:-]|\.[0-9a-f]{4}\.[0-9a-f]{4}/,
    find: /(?<![\w:-])(?:[0-9a-f]{2}(?::[0-9a-f]{2}){5}|[0-9a-f]{2}(?:-[0-9a-f]{2}){5}|[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4})(?![\w:-])/gi,
    pick: (value) =>
      /^(?:00[:-]){5}00$|^(?:ff[:-]){5}ff$|^aa:bb:cc:dd:ee:ff$/.test(value) ? undefined : value,
    placeholder: 'mac',
  },
  {
    scope: 'numbers',
    hints: /\.\d{1,3}\.\d/,
    find: /(?<![\w.:-])(?<before>(?:\w{1,20}::(?:ffff:)?)?)\d{1,3}(?:\.\d{1,3}){3}(?![\w-]|\.\d)/g,
    pick: (value) => (isPublicIPv4(value) ? value : undefined),
    placeholder: 'ip',
  },
  {
    scope: 'text',
    hints: /:[0-9a-f]{0,4}:[0-9a-f]/,
    find: /(?<![\w:.])[0-9a-f]{1,4}:[0-9a-f:]{4,38}(?![\w:])/gi,
    pick: (value) => (isPublicIPv6(value) ? value : undefined),
    placeholder: 'ip',
  },
  {
    scope: 'numbers',
    hints: /\d\d[-. a-z]?\d\d/,
    find: /(?<![\w.-])(?:\d{3}[-.]\d{2}[-.]\d{4}|\d{6}[-+A-FU-Y]\d{3}[0-9A-Y]|\d{6}-[1-4]\d{6}|\d{7,8}-?[A-Z]|[A-Z]{6}\d\d[A-Z]\d\d[A-Z]\d{3}[A-Z]|[A-Z]{2} ?\d\d ?\d\d ?\d\d ?[A-D]|\d{4}-\d{4}-\d{4})(?![\w-]|\.\d)/gi,
    pick: (value) => (isNationalNumber(value) ? value : undefined),
    placeholder: 'id-number',
  },
  {
    scope: 'numbers',
    hints: /passport|ssn|social security|aadhaar|pesel|rrn/,
    find: /(?<before>\b(?:passport|ssn|social security number|aadhaar|pesel|rrn)(?: (?:number|no\.?))?(?: is)?[ :#]{1,3})[A-Z]?\d[\d -]{6,14}\d/gi,
    placeholder: 'id-number',
  },
  {
    scope: 'runs',
    hints: /bc1|[13][1-9a-z]{25}/,
    find: /(?<![\w/+=])(?:bc1[a-z0-9]{25,59}|[13](?=[\w]{0,33}[A-Z])(?=[\w]{0,33}[a-z])(?=[\w]{0,33}\d)[1-9A-HJ-NP-Za-km-z]{25,33})(?![\w/+=])/g,
    placeholder: 'wallet',
  },
  {
    scope: 'numbers',
    hints: /\+\d/,
    find: /(?<=^|[\s"'(:,>])\+\d{1,3}(?:[ .-]?\(\d{1,4}\))?(?:[ .-]?\d{1,5}){2,6}(?:x\d{1,6})?(?![\w.-]?\d|\w)/gm,
    pick: (value) => (digitsOf(value) >= 9 && digitsOf(value) <= 21 ? value : undefined),
    placeholder: 'phone',
  },
  {
    scope: 'numbers',
    hints: /\d{3}[-.]\d{4}/,
    find: /(?<![\w.(/=+-]|\d )(?:001[-.])?(?:\(\d{3}\) ?|\d{3}[-.])[1-9]\d{2}[-.]\d{4}(?:x\d{1,6})?(?![\w-]|\.\d)/g,
    pick: (value) => (EXAMPLE_PHONE.test(value) ? undefined : value),
    placeholder: 'phone',
  },
  {
    scope: 'numbers',
    hints: /\b0\d{1,3}[ .]\d/,
    find: /(?<![\w.,:-]|\d )0\d{1,3}(?:[ .]\d{2,4}){2,4}(?![\w.:-]| \d)/g,
    pick: (value) =>
      /[2-9]/.test(value) && digitsOf(value) >= 10 && digitsOf(value) <= 11 ? value : undefined,
    placeholder: 'phone',
  },
  {
    scope: 'numbers',
    hints: new RegExp(PHONE_WORDS.join('|')),
    find: new RegExp(
      `(?<before>\\b(?:${PHONE_WORDS.join('|')})(?: (?:number|no\\.?))?(?: is)?[:#]? {0,2})\\(?\\d[\\d() .-]{5,18}\\d(?:x\\d{1,6})?(?![\\w.-]?\\d)`,
      'gi',
    ),
    pick: (value) =>
      digitsOf(value) >= 7 && digitsOf(value) <= 15 && !EXAMPLE_PHONE.test(value) ? value : undefined,
    placeholder: 'phone',
  },
  {
    scope: 'numbers',
    hints: / (?:office|fax|mobile|home|cell)/,
    find: /(?<![\w.+-]|\d )\d{2,4}(?:[ .-]\d{2,4}){1,4}(?= (?:office|fax|mobile|home|cell)\b)/gi,
    pick: (value) => (digitsOf(value) >= 7 ? value : undefined),
    placeholder: 'phone',
  },
  {
    scope: 'text',
    hints: /\d [a-z][^\n]{1,60} (?:street|avenue|road|lane|boulevard|drive)|box/,
    find: /(?<![\w.])(?:\d{1,5} (?:[A-Z][\w.'-]{1,20} ){1,3}(?:Street|Avenue|Road|Lane|Boulevard|Drive)\b(?:,? (?:Apt\.|Suite) \d{1,5})?|(?:psc|unit) \d{3,5},? box \d{3,5}\n[afd]po a[aep] \d{5})/gi,
    placeholder: 'address',
  },
];

function digitsOf(value: string): number {
  return value.replace(/\D/g, '').length;
}
