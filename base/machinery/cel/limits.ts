/** How much expressions may cost, and how large things are (apiserver `apis/cel/config.go`, apiextensions `validation.go`). */

/** What one evaluation of one expression may cost. */
export const perCallLimit = 1_000_000;
/** What all expressions of a custom resource or a policy binding may cost for one request. */
export const requestBudget = 10_000_000;
/** The same for the match conditions of one webhook or policy. */
export const matchConditionsBudget = 2_500_000;
/** What an expression of a definition may be estimated at. */
export const expressionLimit = 10_000_000;
/** What all expressions of a version's schema may be estimated at. */
export const definitionLimit = 100_000_000;
/** Bytes in a request, by which sizes without bounds are estimated. */
export const maxRequestBytes = 3 * 1024 * 1024;
/** Bytes in a message that an expression makes. */
export const maxMessageBytes = 5 * 1024;
