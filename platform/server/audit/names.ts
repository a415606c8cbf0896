/** What the audit calls its own records: of a chain that begins, of beginnings that went for their age, of records without room. */
export const chainVerbs = { began: 'begin-chain', cut: 'cut-chain', lost: 'lose-records' } as const;
export const chainUser = 'orrery:audit';
