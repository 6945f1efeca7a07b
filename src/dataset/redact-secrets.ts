import { isMadeUp, looksRandom, looksSecret } from './redact-looks.ts';
import type { RedactionRule } from './redact-rule.ts';

const SECRET_WORDS = /pass|pwd|secret|token|key|credential|login|access/;

/**
 * Credentials. First those that a prefix gives away (forms as published by their makers and as secret scanners
 * such as gitleaks look for them), then what stands where a credential stands.
 */
export const SECRET_RULES: readonly RedactionRule[] = [
  {
    scope: 'text',
    hints: ['private key'],
    find: /-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----(?:(?!-----)[\s\S]){16,8192}(?:-----END [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----)?/g,
    placeholder: 'private-key',
  },
  token('eyj', /eyJ[\w-]{8,4096}\.ey[\w-]{8,8192}\.[\w-]{8,4096}/),
  token('gh', /gh[pousr]_[A-Za-z0-9]{36,255}/),
  token('github_pat_', /github_pat_\w{22,255}/),
  token('sk-', /sk-(?:ant|proj|svcacct|admin|or)-[\w-]{20,300}|sk-[A-Za-z0-9]{20,64}/),
  token('_', /(?:sk|rk)_(?:live|test|prod)_[A-Za-z0-9]{10,128}|whsec_[A-Za-z0-9+/]{24,64}/),
  token('aiza', /AIza[\w-]{35}/),
  token('gocspx-', /GOCSPX-[\w-]{28}/),
  token('ya29.', /ya29\.[\w-]{20,1024}/),
  token(['a3t', 'akia', 'asia', 'abia', 'acca'], /(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}/),
  token('absk', /ABSK[A-Za-z0-9+/]{60,300}={0,2}/),
  token('hf_', /hf_[A-Za-z0-9]{34,40}/),
  token('api_org_', /api_org_[A-Za-z]{34}/),
  token('npm_', /npm_[A-Za-z0-9]{36}/),
  token('pypi-agei', /pypi-AgEI[\w-]{50,1000}/),
  token(
    'gl',
    /gl(?:(?:pat|dt|rt|ft|soat)-[\w-]{20,40}|ptt-[0-9a-f]{40}|imt-[\w-]{25}|agent-[\w-]{50}|oas-[\w-]{64}|cbt-[\w-]{20,40})/,
  ),
  token('sg.', /SG\.[\w-]{16,32}\.[\w-]{32,64}/),
  token(
    'xox',
    /xox[abeoprs]-(?:\d{5,14}-){1,3}(?=[A-Za-z0-9]{0,32}[a-zA-Z])[A-Za-z0-9]{10,64}|xoxe(?:\.xox[bp])?-\d-(?=[A-Za-z0-9]{0,99}\d)[A-Za-z0-9]{60,250}/,
  ),
  token('xapp-', /xapp-\d-[A-Z0-9]{8,20}-\d{8,20}-[a-f0-9a-z]{32,100}/),
  token('hooks.slack.com/', /https?:\/\/hooks\.slack\.com\/(?:services|workflows|triggers)\/[\w/+-]{30,100}/),
  token('eaa', /EAA(?:[MC][A-Za-z0-9]{80,400}|[A-Za-z0-9][\w-]{56,62}(?![\w-]))/),
  token('sq0', /sq0(?:atp|csp)-[\w-]{22,60}/),
  token('|', /\d{15,16}\|[\w-]{27,40}/),
  token('hv', /hv[sbr]\.[\w-]{24,400}/),
  token('.atlasv1.', /[A-Za-z0-9]{14}\.atlasv1\.[\w=-]{60,70}/),
  token('atatt3', /ATATT3[\w=-]{100,250}/),
  token('ops_eyj', /ops_eyJ[A-Za-z0-9+/]{100,2000}={0,3}/),
  token('a3-', /A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3}/),
  token('gl', /glc_[A-Za-z0-9+/]{32,400}={0,3}|glsa_[A-Za-z0-9]{32}_[a-fA-F0-9]{8}/),
  token('f', /f(?:m1[ar]|m2|o1)_[A-Za-z0-9+/_-]{40,1000}={0,3}/),
  token('tk-us-', /tk-us-[\w-]{48}/),
  token('hrku-', /HRKU-AA[\w-]{58}/),
  token('ntn_', /ntn_\d{11}[A-Za-z0-9]{35}/),
  token('sha256~', /sha256~[\w-]{43}/),
  token('4b1d', /4b1d[A-Za-z0-9]{38}/),
  token('dapi', /dapi[a-f0-9]{32}/),
  token('shp', /shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}/),
  token('dp.', /dp\.(?:pt|st|ct|scim|audit)\.[A-Za-z0-9.]{40,60}/),
  token('sk', /SK[a-f0-9]{32}/),
  token('q~', /[\w~.]{3}\dQ~[\w~.-]{31,34}/),
  token(['akc', 'ap'], /AKC[A-Za-z0-9]{10,80}|AP[\dA-F][A-Za-z0-9]{10,80}(?=[\s"']|$)/),
  token('.', /[MNO][A-Za-z\d_-]{23,25}\.[A-Za-z\d_-]{6}\.[A-Za-z\d_-]{27,38}/),
  token('-us', /[0-9a-f]{32}-us\d{1,2}/),
  token(':', /\d{8,10}:AA[\w-]{33}/),
  {
    scope: 'text',
    hints: ['://'],
    find: /(?<before>[a-z][a-z0-9+.-]{1,20}:\/\/(?<user>[^\s:/@"'`<>]{0,64}):)(?!\k<user>@)[^\s/@"'`<>${}[\]]{3,128}(?=@)/gi,
    pick: (value) => (isMadeUp(value) || /^(?:pass|password|pwd|secret)$/i.test(value) ? undefined : value),
    placeholder: 'secret',
  },
  {
    scope: 'text',
    hints: /authorization|bearer/,
    find: /(?<before>\b(?:authorization["']?\s{0,3}[:=]\s{0,3}["']?(?:bearer\s{1,3}|basic\s{1,3}|token\s{1,3})?|bearer\s{1,3}))[^\s"'`<>${}()[\]]{8,2048}/gi,
    pick: (value) => (looksSecret(value) ? value : undefined),
    placeholder: 'secret',
  },
  {
    scope: 'text',
    hints: ['-u'],
    find: /(?<before>\s(?:-u|--user)[\s=]{1,3}["']?[\w.@-]{0,64}:)[^\s"'`<>${}[\]]{6,128}/g,
    placeholder: 'secret',
  },
  {
    scope: 'text',
    hints: [':_'],
    find: /(?<before>:_(?:authToken|auth|password)\s?=\s?)[^\s"'${}]{8,256}/g,
    placeholder: 'secret',
  },
  {
    scope: 'text',
    hints: ['value='],
    find: /(?<before><add key="[\w.]{0,40}Password" value=")[^"%]{8,128}(?=")/gi,
    pick: (value) => (looksSecret(value) || /[a-z][A-Z]|\d/.test(value) ? value : undefined),
    placeholder: 'secret',
  },
  {
    scope: 'text',
    // password = "…", "apiKey": "…", API_TOKEN := '…'
    hints: SECRET_WORDS,
    find: /(?<before>(?:passw(?:or)?d|passphrase|pwd|secret|token|credentials?|sonar[._]?login|api[_-]?key|(?:access|secret|private|auth|client|signing|encryption|snyk|heroku|account|sumo\w{0,12})[_-]?key|access[_-]?id|\bKEY)[\w-]{0,20}["']?\]?\s{0,3}(?::{0,2}=>?|\?=|:)\s{0,3}(?<quote>["'`]))(?:(?!\k<quote>|\$\{)[^\s]){8,512}(?=\k<quote>)/gi,
    pick: (value) => (looksSecret(value) ? value : undefined),
    placeholder: 'secret',
  },
  {
    scope: 'text',
    // API_TOKEN=… and `token: …` without quotes: only what is plainly random
    hints: SECRET_WORDS,
    find: /(?<before>(?:passw(?:or)?d|pwd|secret|token|credentials?|[_-]key|apikey|accesskey|access_id|\bkey)[\w-]{0,20}\s{0,2}(?:[=:]|\bwas\b|\bis\b)\s{0,2}["']?)[A-Za-z0-9+/%!^*#&@~._=-]{14,512}(?=[\s,;"')}]|$)/gi,
    pick: (value) => (looksRandom(value.replace(/[.,]$/, '')) ? value.replace(/[.,]$/, '') : undefined),
    placeholder: 'secret',
  },
];

/** A token with a form of its own: no letter, digit or underscore may touch it. */
function token(hint: string | readonly string[], form: RegExp): RedactionRule {
  return {
    scope: 'runs',
    hints: typeof hint === 'string' ? [hint] : hint,
    find: new RegExp(`(?<![A-Za-z0-9_])(?:${form.source})(?![A-Za-z0-9_])`, `g${form.flags}`),
    pick: (value) => (isMadeUp(value) ? undefined : value),
    placeholder: 'secret',
  };
}
