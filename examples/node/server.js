// Tells how long ago it was started: GET / as a page, GET /uptime as JSON.
const http = require('node:http');
const ms = require('ms');

const startedAt = Date.now();
const greeting = process.env.GREETING || 'Hello';

const server = http.createServer((request, response) => {
  const uptime = Date.now() - startedAt;
  if (request.url === '/uptime') {
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ milliseconds: uptime, text: ms(uptime, { long: true }) }) + '\n');
    return;
  }
  if (request.url !== '/') {
    response.statusCode = 404;
    response.end('not found\n');
    return;
  }
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  response.end(`${greeting} from Node ${process.version}, up for ${ms(uptime, { long: true })}.\n`);
});

server.listen(process.env.PORT, '127.0.0.1', () => console.log(`listening on port ${process.env.PORT}`));

// The platform asks with SIGTERM: finish what is under way, then go.
process.on('SIGTERM', () => server.close(() => process.exit(0)));
