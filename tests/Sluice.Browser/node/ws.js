// The npm package "ws" as a client. Unlike a browser it can set headers, send pings and disable compression.
import WebSocket from 'ws';
import { serve } from './lines.js';
import { Peer } from './peer.js';

let peer;
let pongs = [];
let pings = 0;
let changed = () => {};

const open = ({ url, protocols, headers, cookie, origin, deflate, ca }) => {
  const socket = new WebSocket(url, protocols ?? [], {
    headers: { ...headers, ...(cookie && { Cookie: cookie }) },
    origin,
    ca,
    perMessageDeflate: deflate ?? false,
  });
  socket.on('pong', data => { pongs.push(data.toString()); changed(); });
  socket.on('ping', () => { pings++; changed(); });
  return socket;
};

async function until(isSo) {
  while (!isSo()) {
    await new Promise(resolve => (changed = resolve));
  }
}

await serve(async command => {
  switch (command.do) {
    case 'reset':
      peer?.socket?.terminate();
      peer = new Peer(open);
      pongs = [];
      pings = 0;
      return {};
    case 'ping':
      peer.socket.ping(command.text);
      await until(() => pongs.length > 0);
      return { text: pongs.shift() };
    case 'pinged':
      await until(() => pings > 0);
      return {};
    case 'fragments':
      command.texts.forEach((text, i) => {
        peer.socket.send(text, { fin: i === command.texts.length - 1 });
        peer.socket.ping('between');
      });
      return {};
    default:
      return peer.do(command);
  }
});
peer?.socket?.terminate();
