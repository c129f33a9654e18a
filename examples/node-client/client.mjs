// A small SI FPS client in Node.js (20 or later, standard library only).
//
// It shows that any language can talk to the embedded SI FPS of fpsctl; it was written from the README alone.
// The interface is that of the profile `public`: ASSUMED by fpsctl, it is not ANTAI's. With a profile of your own,
// paths and names change. The private key is read to open the TLS connection, and never sent or printed.
//
//   node client.mjs READY SIRET CERTIFICATE KEY depot               deposit the certificate
//   node client.mjs READY SIRET CERTIFICATE KEY controle            check the connection
//   node client.mjs READY SIRET CERTIFICATE KEY avis FILE           send a notice (avis initial)
//   node client.mjs READY SIRET CERTIFICATE KEY retours [APRES]     pull all returns, page by page
//   node client.mjs READY SIRET CERTIFICATE KEY impression NUMERO   read a print request
//
// READY is the ready file of `fpsctl sandbox serve` (ready.json in its state folder), CERTIFICATE and KEY are PEM.
// The JSON answer goes to stdout. Exit code: 0 answered, 1 refused (code and detail on stderr), 2 anything else.

import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';

const USAGE = 'usage: node client.mjs READY SIRET CERTIFICATE KEY depot|controle|avis FILE|retours [APRES]|impression NUMERO';

/** What the SI FPS refused, as it said so. */
class Refusal extends Error {
  constructor(status, problem) {
    super(problem.detail ?? `HTTP ${status}`);
    this.code = problem.code ?? `http.${status}`;
    this.findings = problem.findings ?? [];
    this.hint = problem.hint;
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
    const der = new X509Certificate(this.certificate).raw; // the first one of the file: the leaf
    return this.call('POST', `/certificats/v1/${this.siret}`, JSON.stringify({
      titulaire: { numeroSiret: this.siret },
      certificat: { contenuPem: this.certificate, empreinte: { sha256: createHash('sha256').update(der).digest('hex') } },
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
    const all = [];
    for (;;) {
      const page = await this.call('GET', `/front/v1/${this.siret}/retours?apres=${after}`);
      all.push(...page.retours);
      if (!page.suite || page.retours.length === 0) return { retours: all, suite: false };
      after = page.retours.at(-1).sequence;
    }
  }

  readPrintRequest(number) {
    return this.call('GET', `/front/v1/${this.siret}/avis/${number.replaceAll(' ', '')}/impression`);
  }

  async call(method, path, body) {
    const headers = { Accept: 'application/json', 'Accept-Language': process.env.FPSCTL_LANG ?? 'en' };
    if (body !== undefined) {
      headers['Content-Type'] = 'application/json';
      headers['Content-Length'] = Buffer.byteLength(body);
    }
    const { status, text } = await this.exchange(method, path, headers, body);
    const answer = JSON.parse(text);
    if (status >= 400) throw new Refusal(status, answer);
    return answer;
  }

  exchange(method, path, headers, body) {
    return new Promise((resolve, reject) => {
      const sent = request(new URL(path, this.url), { method, headers, agent: this.agent }, (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode, text: Buffer.concat(chunks).toString('utf8') }));
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }
}

const COMMANDS = {
  depot: (si) => si.deposit(),
  controle: (si) => si.check(),
  avis: (si, file) => si.sendNotice(readFileSync(file)),
  retours: (si, after = '0') => si.pullReturns(after),
  impression: (si, number) => si.readPrintRequest(number),
};

async function main([ready, siret, certificate, key, command, argument]) {
  const wantsArgument = command === 'avis' || command === 'impression';
  if (!Object.hasOwn(COMMANDS, command ?? '') || (wantsArgument && !argument)) {
    console.error(USAGE);
    return 2;
  }
  let si;
  try {
    si = new SiFps(ready, siret, certificate, key);
    console.log(JSON.stringify(await COMMANDS[command](si, argument), null, 2));
    return 0;
  } catch (problem) {
    if (!(problem instanceof Refusal)) {
      console.error(`${problem.code ?? 'error'}: ${problem.message}`);
      return 2;
    }
    console.error(`${problem.code}: ${problem.message}`);
    for (const finding of problem.findings) console.error(`  ${JSON.stringify(finding)}`);
    if (problem.hint) console.error(`hint: ${problem.hint}`);
    return 1;
  } finally {
    si?.agent.destroy();
  }
}

process.exitCode = await main(process.argv.slice(2));
