// The layers between a client's bytes and its socket: WebSocket, TLS or both. They are the same for every relay and as cheap as possible:
// one buffer per connection, payload is returned in place, and frames are masked in one shared buffer.
//
// TLS is 1.3 with TLS_AES_128_GCM_SHA256 only, so every relay uses the same cipher. It needs WITH_TLS and -lssl -lcrypto.
#pragma once

#include "net.h"

#include <endian.h>
#include <fcntl.h>
#include <stdbool.h>
#ifdef WITH_TLS
#include <openssl/err.h>
#include <openssl/ssl.h>
#endif

enum {
    WIRE_ROOM = 128 << 10,     // most bytes per read
    WIRE_MESSAGE = 64 << 10,   // largest message sent
    FRAME_HEAD = 14,           // largest head of a masked frame
    OP_CONTINUATION = 0, OP_BINARY = 2, OP_CLOSE = 8, OP_PING = 9, OP_PONG = 10,
};

static bool wire_websocket, wire_tls;

struct wire {
    int fd;
    bool in_message;           // the current frame holds data and is not a control frame
    uint64_t left;             // payload bytes left of the current frame
    uint8_t opcode;
    uint64_t frames;           // number of data frames received
    size_t from, to;           // received bytes that are not taken yet
    size_t control_got;
    uint8_t control[125];
    char *rest;                // bytes that the relay does not accept yet
    size_t rest_from, rest_to;
#ifdef WITH_TLS
    SSL *tls;
#endif
    uint8_t in[WIRE_ROOM];
};

static inline bool wired(void)
{
    return wire_websocket || wire_tls;
}

// ---- raw bytes: the socket, or TLS on it -----------------------------------------------------------------------------

#ifdef WITH_TLS
static SSL_CTX *wire_tls_context(void)
{
    static SSL_CTX *context;
    if (context)
        return context;
    context = SSL_CTX_new(TLS_client_method());
    if (!context || !SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) ||
        !SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256"))
        die("cannot set up TLS");
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_default_read_buffer_len(context, WIRE_MESSAGE);
    return context;
}

// Converts a result to that of read(2) and write(2).
static ssize_t wire_tls_result(struct wire *wire, int result)
{
    if (result > 0)
        return result;
    switch (SSL_get_error(wire->tls, result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        errno = EAGAIN;
        return -1;
    case SSL_ERROR_ZERO_RETURN:
        return 0;
    case SSL_ERROR_SYSCALL:
        return errno ? -1 : 0;
    default:
        die("TLS: %s", ERR_reason_error_string(ERR_peek_last_error()));
    }
}
#endif

static ssize_t wire_raw_read(struct wire *wire, void *into, size_t most)
{
#ifdef WITH_TLS
    if (wire_tls) {
        ERR_clear_error();
        errno = 0;
        return wire_tls_result(wire, SSL_read(wire->tls, into, (int)most));
    }
#endif
    return recv(wire->fd, into, most, 0);
}

static ssize_t wire_raw_write(struct wire *wire, const void *bytes, size_t count)
{
#ifdef WITH_TLS
    if (wire_tls) {
        size_t sent = 0;
        while (sent < count) {
            ERR_clear_error();
            errno = 0;
            ssize_t n = wire_tls_result(wire, SSL_write(wire->tls, (const char *)bytes + sent, (int)(count - sent)));
            if (n <= 0)
                return sent ? (ssize_t)sent : -1;
            sent += (size_t)n;
        }
        return (ssize_t)sent;
    }
#endif
    return send(wire->fd, bytes, count, 0);
}

// ---- sending ------------------------------------------------------------------------------------------------------

// Writes the rest. Returns true if nothing is left.
static bool wire_flush(struct wire *wire)
{
    if (!wire->rest)
        return true;
    ssize_t sent = wire_raw_write(wire, wire->rest + wire->rest_from, wire->rest_to - wire->rest_from);
    if (sent < 0 && errno != EAGAIN)
        die("send: %s", strerror(errno));
    if (sent > 0)
        wire->rest_from += (size_t)sent;
    if (wire->rest_from < wire->rest_to)
        return false;
    free(wire->rest);
    wire->rest = NULL;
    return true;
}

// Returns true if everything was sent. Otherwise the rest waits for wire_flush.
static bool wire_write(struct wire *wire, const char *bytes, size_t count)
{
    if (wire->rest)
        die("send: the relay accepts no more");
    ssize_t sent = wire_raw_write(wire, bytes, count);
    if (sent == (ssize_t)count)
        return true;
    if (sent < 0 && errno != EAGAIN)
        die("send: %s", strerror(errno));
    sent = sent < 0 ? 0 : sent;
    wire->rest = malloc(count - (size_t)sent);
    if (!wire->rest)
        die("out of memory");
    wire->rest_from = 0;
    wire->rest_to = count - (size_t)sent;
    memcpy(wire->rest, bytes + sent, wire->rest_to);
    return false;
}

static uint32_t wire_mask(void)
{
    static uint32_t state = 2463534242;
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

static bool wire_frame(struct wire *wire, int opcode, const void *bytes, size_t count)
{
    static char frame[FRAME_HEAD + WIRE_MESSAGE + 8];
    if (count > WIRE_MESSAGE)
        die("a message of %zu bytes is too large", count);
    size_t head = 2;
    frame[0] = (char)(0x80 | opcode);
    if (count < 126) {
        frame[1] = (char)(0x80 | count);
    } else if (count < 65536) {
        uint16_t length = htobe16((uint16_t)count);
        frame[1] = (char)(0x80 | 126);
        memcpy(frame + head, &length, sizeof length);
        head += sizeof length;
    } else {
        uint64_t length = htobe64(count);
        frame[1] = (char)(0x80 | 127);
        memcpy(frame + head, &length, sizeof length);
        head += sizeof length;
    }
    uint32_t key = wire_mask();
    memcpy(frame + head, &key, sizeof key);
    head += sizeof key;
    uint64_t wide = key | (uint64_t)key << 32;
    const char *source = bytes;
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        uint64_t word;
        memcpy(&word, source + i, 8);
        word ^= wide;
        memcpy(frame + head + i, &word, 8);
    }
    for (; i < count; i++)
        frame[head + i] = (char)(source[i] ^ (char)(key >> 8 * (i % 4)));
    return wire_write(wire, frame, head + count);
}

// Sends one message. Returns true if all of it was sent.
static bool wire_send(struct wire *wire, const void *bytes, size_t count)
{
    return wire_websocket ? wire_frame(wire, OP_BINARY, bytes, count) : wire_write(wire, bytes, count);
}

// ---- receiving ----------------------------------------------------------------------------------------------------

// Reads once and appends to the buffer. Returns the result of read(2).
static ssize_t wire_fill(struct wire *wire)
{
    if (wire->from == wire->to) {
        wire->from = wire->to = 0;
    } else if (wire->to == sizeof wire->in) {
        memmove(wire->in, wire->in + wire->from, wire->to - wire->from);
        wire->to -= wire->from;
        wire->from = 0;
    }
    ssize_t count = wire_raw_read(wire, wire->in + wire->to, sizeof wire->in - wire->to);
    if (count > 0)
        wire->to += (size_t)count;
    return count;
}

static void wire_control(struct wire *wire)
{
    if (wire->opcode == OP_CLOSE)
        die("WebSocket closed by the relay: %d %.*s", wire->control_got < 2 ? 1005 : wire->control[0] << 8 | wire->control[1],
            (int)(wire->control_got < 2 ? 0 : wire->control_got - 2), wire->control + 2);
    if (wire->opcode == OP_PING)
        wire_frame(wire, OP_PONG, wire->control, wire->control_got);
    wire->control_got = 0;
}

// Parses the head of a frame. Returns false if it is not complete.
static bool wire_head(struct wire *wire)
{
    const uint8_t *head = wire->in + wire->from;
    size_t there = wire->to - wire->from;
    if (there < 2)
        return false;
    size_t wanted = head[1] == 127 ? 10 : head[1] == 126 ? 4 : 2;
    if (there < wanted)
        return false;
    wire->opcode = head[0] & 15;
    wire->in_message = wire->opcode == OP_BINARY || wire->opcode == OP_CONTINUATION;
    if (head[0] & 0x70 || head[1] & 0x80 || (!wire->in_message && (wire->opcode < OP_CLOSE || wire->opcode > OP_PONG || head[1] > 125)))
        die("WebSocket: received an invalid frame: %02x %02x", head[0], head[1]);
    wire->left = head[1] == 127 ? (uint64_t)head[2] << 56 | (uint64_t)head[3] << 48 | (uint64_t)head[4] << 40 | (uint64_t)head[5] << 32 |
                                      (uint64_t)head[6] << 24 | (uint64_t)head[7] << 16 | (uint64_t)head[8] << 8 | head[9]
               : head[1] == 126 ? (uint64_t)(head[2] << 8 | head[3]) : head[1];
    wire->from += wanted;
    wire->frames += wire->in_message;
    if (!wire->in_message && wire->left == 0)
        wire_control(wire);
    return true;
}

// Returns payload in place, at most this many bytes. It is valid until the next call. Returns the result of read(2).
static ssize_t wire_take(struct wire *wire, const uint8_t **payload, size_t most)
{
    for (;;) {
        size_t there = wire->to - wire->from;
        if (wire_websocket && wire->left == 0) {
            if (wire_head(wire))
                continue;
        } else if (there > 0) {
            size_t count = there < most ? there : most;
            if (wire_websocket && count > wire->left)
                count = (size_t)wire->left;
            if (wire_websocket && !wire->in_message) {
                count = there < wire->left ? there : (size_t)wire->left;
                memcpy(wire->control + wire->control_got, wire->in + wire->from, count);
                wire->control_got += count;
            }
            *payload = wire->in + wire->from;
            wire->from += count;
            if (wire_websocket)
                wire->left -= count;
            if (!wire_websocket || wire->in_message)
                return (ssize_t)count;
            if (wire->left == 0)
                wire_control(wire);
            continue;
        }
        ssize_t count = wire_fill(wire);
        if (count <= 0)
            return count;
    }
}

// ---- opening, on a blocking socket -----------------------------------------------------------------------------------

// If there is a key, sends it in the header `server-identify` and waits for the relay's first message.
static void wire_upgrade(struct wire *wire, const char *key)
{
    char request[8192];
    // The nonce of RFC 6455's example, so the answer is known.
    int length = snprintf(request, sizeof request,
        "GET / HTTP/1.1\r\nHost: relay\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n%s%s%s\r\n",
        key ? "server-identify: " : "", key ? key : "", key ? "\r\n" : "");
    if (!wire_write(wire, request, (size_t)length))
        die("upgrade: short send");
    for (;;) {
        if (wire_fill(wire) <= 0)
            die("upgrade: %s", errno == EAGAIN ? "no answer within 10 s" : "connection closed");
        const char *end = memmem(wire->in + wire->from, wire->to - wire->from, "\r\n\r\n", 4);
        if (!end)
            continue;
        size_t count = (size_t)(end + 4 - (const char *)wire->in);
        if (memcmp(wire->in, "HTTP/1.1 101 ", 13) || !memmem(wire->in, count, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", 28))
            die("upgrade: %.*s", 60, (const char *)wire->in);
        wire->from = count;
        break;
    }
    for (size_t got = 0; key && got < 2;) {
        const uint8_t *welcome;
        ssize_t count = wire_take(wire, &welcome, 2 - got);
        if (count <= 0 || memcmp(welcome, "ok" + got, (size_t)count))
            die("upgrade: no welcome message");
        got += (size_t)count;
    }
}

static struct wire *wire_open(int fd, const char *key)
{
    struct wire *wire = calloc(1, sizeof *wire);
    if (!wire)
        die("out of memory");
    wire->fd = fd;
#ifdef WITH_TLS
    if (wire_tls) {
        wire->tls = SSL_new(wire_tls_context());
        if (!wire->tls || !SSL_set_fd(wire->tls, fd))
            die("cannot set up TLS");
        ERR_clear_error();
        if (SSL_connect(wire->tls) != 1)
            die("TLS: %s", ERR_reason_error_string(ERR_peek_last_error()) ?: "handshake failed");
    }
#endif
    if (wire_websocket)
        wire_upgrade(wire, key);
    return wire;
}

// Makes the socket non-blocking.
static void wire_go_on(struct wire *wire)
{
    must(fcntl(wire->fd, F_SETFL, fcntl(wire->fd, F_GETFL) | O_NONBLOCK), "fcntl");
}
