// A small client of the SI FPS in Node.js (20 or later, standard library only).
//
// It shows that any language can talk to the embedded SI FPS of fpsctl, and was written from its README alone.
// The interface is that of the profile `public`: ASSUMED by fpsctl, not ANTAI's. Under a profile of your own, the
// paths and names are yours. The private key only opens the TLS connection: it is never sent nor printed.
//
//   node client.mjs READY SIRET CERTIFICATE KEY depot               deposit the certificate
//   node client.mjs READY SIRET CERTIFICATE KEY controle            check the connection
//   node client.mjs READY SIRET CERTIFICATE KEY avis FILE           send a notice (avis initial)
//   node client.mjs READY SIRET CERTIFICATE KEY retours [APRES]     pull all returns, page by page
//   node client.mjs READY SIRET CERTIFICATE KEY impression NUMERO   read a print request
//
// READY is the ready file of `fpsctl sandbox serve` (ready.json in its state folder); CERTIFICATE and KEY are PEM.
// The JSON answer goes to stdout. Exit code: 0 answered, 1 refused (code and detail on stderr), 2 anything else.

import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';

const USAGE = `usage: node client.mjs READY SIRET CERTIFICATE KEY COMMAND
COMMAND: depot, controle, avis FILE, retours [APRES], impression NUMERO`;

/** The SI FPS said no, in a problem+json. */
class Refusal extends Error {
  constructor({ code, detail, hint, findings = [] }) {
    super(`${code}: ${detail}`);
    this.lines = [this.message, ...findings.map((finding) => `  ${finding.id}: ${finding.detail}`)];
    if (hint) this.lines.push(`hint: ${hint}`);
  }
}

/** The SI FPS as one town sees it: mutual TLS, JSON in, JSON out. */
class SiFps {
  constructor(readyFile, siret, certificateFile, keyFile) {
    const ready = JSON.parse(readFileSync(readyFile, 'utf8'));
    this.url = ready.url;
    this.siret = siret;
    this.certificate = readFileSync(certificateFile, 'utf8');
    this.agent = new Agent({
      ca: readFileSync(ready.ca),
      cert: this.certificate,
      key: readFileSync(keyFile),
      minVersion: 'TLSv1.2',
      keepAlive: true,
    });
  }

  /** Deposits the certificate, with that same certificate as TLS identity. */
  deposit() {
    const leaf = new X509Certificate(this.certificate).raw; // DER of the first certificate of the file
    return this.call('POST', `/certificats/v1/${this.siret}`, JSON.stringify({
      titulaire: { numeroSiret: this.siret },
      certificat: {
        contenuPem: this.certificate,
        empreinte: { sha256: createHash('sha256').update(leaf).digest('hex') },
      },
    }));
  }

  check() {
    return this.call('GET', `/front/v1/${this.siret}/controle`);
  }

  sendNotice(body) {
    return this.call('POST', `/front/v1/${this.siret}/avis-initiaux`, body);
  }

  /** All returns after a sequence number: asks again until a page says that nothing is left. */
  async pullReturns(after) {
    const retours = [];
    let page;
    do {
      page = await this.call('GET', `/front/v1/${this.siret}/retours?apres=${encodeURIComponent(after)}`);
      retours.push(...page.retours);
      after = page.retours.at(-1)?.sequence;
    } while (page.suite && after !== undefined);
    return { retours, suite: page.suite };
  }

  readPrintRequest(number) {
    return this.call('GET', `/front/v1/${this.siret}/avis/${number.replaceAll(' ', '')}/impression`);
  }

  /** One exchange; throws a Refusal, or the error of a connection that failed. */
  call(method, path, body) {
    const headers = { Accept: 'application/json', 'Accept-Language': process.env.FPSCTL_LANG ?? 'en' };
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    return new Promise((resolve, reject) => {
      const sent = request(new URL(path, this.url), { method, headers, agent: this.agent }, async (response) => {
        try {
          const answer = JSON.parse(Buffer.concat(await response.toArray()).toString('utf8'));
          if (response.statusCode >= 400) reject(new Refusal(answer));
          else resolve(answer);
        } catch (error) {
          reject(error);
        }
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }
}

const COMMANDS = {
  depot: (sifps) => sifps.deposit(),
  controle: (sifps) => sifps.check(),
  avis: (sifps, file) => sifps.sendNotice(readFileSync(file)),
  retours: (sifps, after = '0') => sifps.pullReturns(after),
  impression: (sifps, number) => sifps.readPrintRequest(number),
};

async function main([ready, siret, certificate, key, command, argument]) {
  const incomplete = ['avis', 'impression'].includes(command) && argument === undefined;
  if (!Object.hasOwn(COMMANDS, command ?? '') || incomplete) throw new Error(USAGE);
  const sifps = new SiFps(ready, siret, certificate, key);
  try {
    console.log(JSON.stringify(await COMMANDS[command](sifps, argument), null, 2));
  } finally {
    sifps.agent.destroy();
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Refusal ? error.lines.join('\n') : error.message);
  process.exitCode = error instanceof Refusal ? 1 : 2;
}
