// A WebSocket client that executes commands, in a page and in Node alike. It throws an Error if a check fails.

/** Returns bytes that no one sends by chance: xorshift32, as in BrowserWorld.cs. */
export function pattern(count, seed) {
  const bytes = new Uint8Array(count);
  let x = seed;
  for (let i = 0; i < count; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    bytes[i] = x;
  }
  return bytes;
}

export class Peer {
  #open;
  #socket;
  #opened = false;
  #closed = null;
  #stream = [];
  #messages = 0;
  #changed = () => {};

  /** @param open makes a WebSocket from a command, the only part in which clients differ. */
  constructor(open) {
    this.#open = open;
  }

  get socket() {
    return this.#socket;
  }

  /** Executes one command and returns its result. */
  do(command) {
    return this[command.do](command);
  }

  /** Connects, and waits until the upgrade is accepted or the connection is closed. */
  async connect(command) {
    const socket = this.#open(command);
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      this.#opened = true; // the connection may already be rejected when a waiter checks
      this.#changed();
    };
    socket.onerror = () => {};
    socket.onclose = event => {
      this.#closed = { code: event.code, reason: event.reason };
      this.#changed();
    };
    socket.onmessage = event => {
      if (typeof event.data === 'string') {
        this.#closed = { code: 0, reason: `got a text message: ${event.data}` };
      } else {
        this.#messages++;
        this.#stream.push(new Uint8Array(event.data));
      }
      this.#changed();
    };
    await this.#until(() => this.#opened || this.#closed);
    return { open: this.#opened, protocol: socket.protocol, extensions: socket.extensions };
  }

  /** Sends one message. */
  send({ text, hex }) {
    this.#socket.send(text ?? Uint8Array.from(hex.match(/../g) ?? [], byte => parseInt(byte, 16)));
    return {};
  }

  /** Sends the pattern in messages of one size. */
  sendPattern({ count, seed, piece }) {
    const bytes = pattern(count, seed);
    for (let at = 0; at < count; at += piece) {
      this.#socket.send(bytes.subarray(at, at + piece));
    }
    return {};
  }

  /** Takes this many bytes from the received messages. */
  async receive({ count }) {
    const bytes = await this.#take(count);
    return { text: new TextDecoder().decode(bytes), hex: Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('') };
  }

  /** Takes one whole message. */
  async receiveMessage() {
    await this.#until(() => this.#stream.length > 0 || this.#closed);
    return this.receive({ count: this.#stream[0]?.length ?? 1 });
  }

  /** Compares received bytes with the pattern. */
  async receivePattern({ count, seed }) {
    const expected = pattern(count, seed);
    const bytes = await this.#take(count);
    const wrong = bytes.findIndex((byte, i) => byte !== expected[i]);
    if (wrong >= 0) {
      throw new Error(`byte ${wrong} of ${count} is ${bytes[wrong]}, not ${expected[wrong]}`);
    }
    return { messages: this.#messages };
  }

  /** Starts the close handshake. */
  close({ code, reason }) {
    this.#socket.close(code, reason);
    return this.closed();
  }

  /** Waits for the end and returns its code and reason. Throws if unread bytes are left. */
  async closed() {
    await this.#until(() => this.#closed);
    const left = this.#stream.reduce((sum, piece) => sum + piece.length, 0);
    if (left > 0) {
      throw new Error(`got ${left} unexpected bytes`);
    }
    return this.#closed;
  }

  async #take(count) {
    const bytes = new Uint8Array(count);
    let filled = 0;
    while (filled < count) {
      await this.#until(() => this.#stream.length > 0 || this.#closed);
      const piece = this.#stream.shift();
      if (!piece) {
        throw new Error(`closed with ${this.#closed.code} "${this.#closed.reason}" after ${filled} of ${count} bytes`);
      }
      const taken = piece.subarray(0, count - filled);
      bytes.set(taken, filled);
      filled += taken.length;
      if (taken.length < piece.length) {
        this.#stream.unshift(piece.subarray(taken.length));
      }
    }
    return bytes;
  }

  async #until(isSo) {
    while (!isSo()) {
      await new Promise(resolve => (this.#changed = resolve));
    }
  }
}
