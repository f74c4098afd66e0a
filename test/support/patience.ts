/** How long to wait for what has to happen: a busy machine takes its time, and nothing is measured by it. */
export const PATIENCE = { timeout: 20_000 }
