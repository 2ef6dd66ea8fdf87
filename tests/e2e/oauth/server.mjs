// An authorization server on loopback for the tests: oidc-provider with two programs, Postern's and Dovecot's.
// Prints its address once it listens. Beside OAuth it answers two questions of the tests: which secrets it has
// given out, and to forget what the owner allowed.
import http from 'node:http';
import Provider from 'oidc-provider';

const lifetime = Number(process.argv[2]);
const secrets = new Set();
const grants = new Set();

const server = http.createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'postern',
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        redirect_uris: ['http://127.0.0.1/'],
        response_types: ['code'],
        grant_types: [
          'authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code',
        ],
      },
      {
        client_id: 'dovecot', client_secret: 'introspection', redirect_uris: [], response_types: [], grant_types: [],
      },
    ],
    scopes: ['openid', 'offline_access'],
    features: {
      deviceFlow: { enabled: true },
      introspection: { enabled: true },
      revocation: { enabled: true },
    },
    pkce: { methods: ['S256'], required: () => true },
    issueRefreshToken: () => true,
    rotateRefreshToken: true,
    ttl: {
      AccessToken: lifetime, AuthorizationCode: 60, DeviceCode: 120, RefreshToken: 3600, Grant: 3600,
      Session: 3600, Interaction: 3600, IdToken: 3600,
    },
    cookies: { keys: ['tests'] },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  });
  for (const kind of ['access_token', 'refresh_token', 'authorization_code', 'device_code']) {
    provider.on(`${kind}.saved`, (token) => {
      secrets.add(token.jti);
      if (token.grantId) grants.add(token.grantId);
    });
  }
  const answer = provider.callback();
  server.on('request', async (request, response) => {
    if (request.url === '/test/secrets') {
      response.end(JSON.stringify([...secrets]));
    } else if (request.url === '/test/revoke') {
      for (const id of grants) {
        await provider.AccessToken.revokeByGrantId(id);
        await provider.RefreshToken.revokeByGrantId(id);
      }
      response.end('{}');
    } else {
      answer(request, response);
    }
  });
  console.log(issuer);
});
