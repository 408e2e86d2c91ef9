// Serves the gallery and the web client: node tests/net/gallery/serve.mjs [PORT], then
// /gallery/gallery.html?people=6

import {createServer} from 'node:http';
import {readFile} from 'node:fs/promises';
import {extname, join, normalize} from 'node:path';
import {fileURLToPath} from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const web_root = fileURLToPath(new URL('../../../tools/webclient/', import.meta.url));
const types = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

// As strict as the daemon's.
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; " +
  "media-src mediastream:; connect-src 'self'; form-action 'none'";

const server = createServer(async (request, response) => {
  const path = normalize(new URL(request.url, 'http://localhost').pathname);
  const file = path.startsWith('/gallery/')
    ? join(here, path.slice('/gallery/'.length))
    : join(web_root, path === '/' || path.startsWith('/m/') ? 'index.html' : path);
  try {
    const body = await readFile(file);
    response.writeHead(200, {
      'Content-Type': types[extname(file)] ?? 'application/octet-stream',
      'Content-Security-Policy': policy,
    });
    response.end(body);
  } catch {
    response.writeHead(404).end();
  }
});
server.listen(Number(process.argv[2] ?? 8400), '127.0.0.1');
