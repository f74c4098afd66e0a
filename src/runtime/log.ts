import { type Logger, pino } from 'pino'
import type { Config } from './config.ts'

/**
 * The log: one JSON line an entry, on standard error so that standard output stays readable. Credentials in headers
 * never reach it; URLs pass through `maskUrl`, since a signed URL is a credential too.
 */
export function createLog(config: Pick<Config, 'logLevel'>, maskUrl: (url: string) => string): Logger {
  return pino(
    {
      level: config.logLevel,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: ['req.headers.authorization', 'req.headers.cookie'], censor: '[hidden]' },
      serializers: {
        req: (request: { method: string; url: string; id: string }) => ({
          id: request.id,
          method: request.method,
          url: maskUrl(request.url),
        }),
        err: pino.stdSerializers.err,
      },
    },
    pino.destination({ dest: 2, sync: false }),
  )
}
