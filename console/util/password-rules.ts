/** What the platform asks of a password (pure); the platform decides, these say it while one types. */

/** What bcrypt looks at. */
const bytesMax = 64;

const rules = {
  length: (password: string) => password.length >= 8 && new TextEncoder().encode(password).length <= bytesMax,
  lower: (password: string) => /[a-z]/.test(password),
  upper: (password: string) => /[A-Z]/.test(password),
  digit: (password: string) => /[0-9]/.test(password),
} as const;

export type PasswordRule = keyof typeof rules;

/** Each rule in the order to show them, and whether it is kept. */
export const passwordRules = (password: string): readonly (readonly [rule: PasswordRule, kept: boolean])[] =>
  (Object.keys(rules) as PasswordRule[]).map(rule => [rule, rules[rule](password)] as const);

export const isGoodPassword = (password: string): boolean => passwordRules(password).every(([, kept]) => kept);
