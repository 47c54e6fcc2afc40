// Chromium, driven by Playwright. Each reset clears all cookies and loads a page that this program serves on loopback.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { chromium } from 'playwright-core';
import { serve } from './lines.js';

const [executablePath] = process.argv.slice(2);
const page = `<!doctype html><title>peer</title><script type="module">
import { Peer } from '/peer.js';
window.peer = new Peer(({ url, protocols, cookie }) => {
  if (cookie) document.cookie = cookie;
  return protocols ? new WebSocket(url, protocols) : new WebSocket(url);
});
</script>`;
const files = {
  '/': ['text/html', () => page],
  '/peer.js': ['text/javascript', () => readFile(new URL('./peer.js', import.meta.url))],
  '/example': ['text/html', () => readFile(new URL('./index.html', import.meta.url))],
};

const server = createServer(async (request, response) => {
  const [type, content] = files[new URL(request.url, 'http://loopback').pathname] ?? [];
  response.writeHead(type ? 200 : 404, { 'Content-Type': `${type}; charset=utf-8` }).end(type ? await content() : '');
});
await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
const site = `http://127.0.0.1:${server.address().port}`;
const patience = 120_000; // only ends a hung step; NodePeer.cs allows more for a whole command
const browser = await chromium.launch({ executablePath, headless: true, args: ['--no-sandbox'], timeout: patience });
const context = await browser.newContext({ ignoreHTTPSErrors: true }); // the tests issue their own certificates
context.setDefaultTimeout(patience);
const tab = await context.newPage();

async function show(path) {
  tab.removeAllListeners('console');
  await context.clearCookies();
  await tab.goto(site + path);
}

await serve(async command => {
  switch (command.do) {
    case 'reset':
      await show('/');
      await tab.waitForFunction('window.peer !== undefined');
      return { origin: site };
    case 'example':
      await show(`/example${command.query}`);
      await tab.waitForFunction(text => document.body.innerText.includes(text), command.text);
      return { text: await tab.innerText('body') };
    case 'snippet': {
      const lines = [];
      await show('/');
      const enough = new Promise(resolve => tab.on('console', message => lines.push(message.text()) >= command.lines && resolve()));
      await tab.addScriptTag({ content: command.code });
      await enough;
      return { text: lines.join('\n') };
    }
    default:
      return tab.evaluate(command => window.peer.do(command), command);
  }
});
await browser.close();
server.close();
