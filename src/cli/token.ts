/**
 * The token that HTTP wants, from the environment: never from the command line, which everybody sees.
 *
 * Loaded before anything else, because it takes the token out of the environment, which threads and programs
 * that are started later inherit.
 */
export const TOKEN_VARIABLE = 'CABINET_TOKEN';

/** What the environment had; undefined when there was none. */
export const TOKEN_GIVEN: string | undefined = process.env[TOKEN_VARIABLE];

delete process.env[TOKEN_VARIABLE];
