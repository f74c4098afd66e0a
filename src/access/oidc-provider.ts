/** The identity provider, asked over HTTP. */
import * as client from 'openid-client'
import type { OidcSettings } from '../runtime/config-signing-in.ts'
import type { Identity } from './oidc.ts'

const ANSWER_SECONDS_MAX = 10

/** Then its discovery document is read again: endpoints do move. Keys are read again by themselves. */
const DISCOVERED_MS_MAX = 3_600_000

/** What a browser has to bring back. */
export type Flow = { state: string; nonce: string; verifier: string }

export type OidcProvider = {
  /** Where to send the browser, and what it has to bring back. @throws Error when the provider does not answer */
  begin(redirectUri: string): Promise<{ url: string; flow: Flow }>
  /**
   * Who came back, by the whole URL of the callback.
   *
   * @throws Error when it does not fit the flow, or the provider does not confirm it
   */
  finish(callbackUrl: URL, flow: Flow): Promise<Identity>
}

export function createOidcProvider(settings: OidcSettings, now: () => number): OidcProvider {
  let found: { at: number; configuration: Promise<client.Configuration> } | undefined

  function discovered(): Promise<client.Configuration> {
    const at = now()
    if (found === undefined || at - found.at > DISCOVERED_MS_MAX) {
      const configuration = discover(settings)
      const mine = { at, configuration }
      found = mine
      configuration.catch(() => {
        if (found === mine) found = undefined
      })
    }
    return found.configuration
  }

  return {
    async begin(redirectUri) {
      const configuration = await discovered()
      const flow = {
        state: client.randomState(),
        nonce: client.randomNonce(),
        verifier: client.randomPKCECodeVerifier(),
      }
      const url = client.buildAuthorizationUrl(configuration, {
        redirect_uri: redirectUri,
        scope: settings.scopes,
        state: flow.state,
        nonce: flow.nonce,
        code_challenge: await client.calculatePKCECodeChallenge(flow.verifier),
        code_challenge_method: 'S256',
      })
      return { url: url.href, flow }
    },

    async finish(callbackUrl, { state, nonce, verifier }) {
      const configuration = await discovered()
      const tokens = await client.authorizationCodeGrant(configuration, callbackUrl, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
      })
      const claims = tokens.claims()
      if (claims === undefined) throw new Error('the provider gave no ID token')
      // Some say in the token only who it is, and the rest when asked.
      const isAskable = configuration.serverMetadata().userinfo_endpoint !== undefined
      const more =
        claims.email === undefined && isAskable
          ? await client.fetchUserInfo(configuration, tokens.access_token, claims.sub)
          : {}
      return identityOf({ ...more, ...claims })
    },
  }
}

function discover(settings: OidcSettings): Promise<client.Configuration> {
  const { issuer, clientId, clientSecret } = settings
  const isPlain = issuer.startsWith('http:')
  return client
    .discovery(new URL(issuer), clientId, undefined, authenticationBy(clientSecret), {
      timeout: ANSWER_SECONDS_MAX,
      ...(isPlain ? { execute: [client.allowInsecureRequests] } : {}),
    })
    .then((configuration) => {
      configuration.timeout = ANSWER_SECONDS_MAX
      return configuration
    })
}

/** By the way the provider takes it: in a header, unless it only takes it in the body. */
function authenticationBy(secret: string | undefined): client.ClientAuth {
  if (secret === undefined) return client.None()
  const [inHeader, inBody] = [client.ClientSecretBasic(secret), client.ClientSecretPost(secret)]
  return (server, ...rest) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
    return (methods.includes('client_secret_basic') ? inHeader : inBody)(server, ...rest)
  }
}

function identityOf(claims: Record<string, unknown> & { iss: string; sub: string }): Identity {
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined)
  return {
    issuer: claims.iss,
    subject: claims.sub,
    email: text(claims.email),
    // Some providers say it as text.
    emailVerified: claims.email_verified === true || claims.email_verified === 'true',
    name: text(claims.name),
    username: text(claims.preferred_username),
  }
}
